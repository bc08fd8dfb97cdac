"""What people do: the inbox of the tracking API, and the touches that attribution counts."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import MomentField
from sarnakh.leads.models import OnVisitor, Source


class InboxEvent(models.Model):
    """A tracking call as it arrived; on disk before it is answered. A job turns it into events in batches."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="+", db_index=False)
    message_id = models.CharField(max_length=100)
    body = models.JSONField()
    is_server = models.BooleanField(default=False)  # came with a server key
    received_at = MomentField()
    error = models.CharField(max_length=300, blank=True)  # set: kept as a failure, replayable

    class Meta:
        db_table = "track_inbox"
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "message_id"], name="track_inbox_once")]
        indexes: ClassVar = [models.Index(fields=["id"], name="track_inbox_due", condition=models.Q(error=""))]


class Touch(OnVisitor):
    """An arrival from somewhere: what attribution shares the revenue among. Follows the lead once linked."""

    source = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=120, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    term = models.CharField(max_length=200, blank=True)
    content = models.CharField(max_length=200, blank=True)
    is_direct = models.BooleanField(default=False)

    class Meta:
        db_table = "touch"
        constraints: ClassVar = [models.UniqueConstraint(fields=["visitor", "at"], name="touch_once")]
