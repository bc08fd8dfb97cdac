"""Whatever leaves us: one row a message, written with its cause, sent under a key. Also what people here are told."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.djangokit.models import MomentField


class MessageState(models.TextChoices):
    QUEUED = "queued"
    SENDING = "sending"  # committed before connecting: after a crash it is sent again under the same Message-ID
    SENT = "sent"
    SUPPRESSED = "suppressed"  # consent or suppression said no; kept, with the reason
    FAILED = "failed"  # permanent, or out of attempts; kept, with the reason


class Message(models.Model):
    """One e-mail, SMS or webhook call. `about_*` are plain ids: the outbox knows no leads."""

    key = models.CharField(max_length=200, unique=True)  # what makes it once: "welcome:<form>:<person>"
    channel = models.CharField(max_length=20)  # email, sms, webhook
    purpose = models.CharField(max_length=20, default="service")  # service, marketing
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=500, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    props = models.JSONField(default=dict)  # what the fact of its sending will say; never personal data
    message_id = models.CharField(max_length=200, unique=True)  # RFC 5322 Message-ID, fixed at creation
    about_lead = models.BigIntegerField(null=True, db_index=True)
    about_person = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    due_at = MomentField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=80, null=True)
    error = models.TextField(blank=True)
    created_at = MomentField()
    sent_at = MomentField(null=True)
    noted_at = MomentField(null=True)  # when a stage above made a fact of its sending

    class Meta:
        db_table = "outbox_message"
        indexes: ClassVar = [
            # Not partial: SQLite takes a partial index only for conditions written into the statement.
            models.Index(fields=["state", "due_at"], name="outbox_due"),
            models.Index(fields=["state", "noted_at"], name="outbox_to_note"),
        ]


class Suppression(models.Model):
    """An address that must not be written to on a channel, whatever anyone asks."""

    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=320)
    purpose = models.CharField(max_length=20, default="marketing")  # marketing: only that; all: everything
    reason = models.CharField(max_length=40)  # unsubscribed, bounced, complained, admin
    at = MomentField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "address", "purpose"], name="one_suppression")
        ]


class Notification(models.Model):
    """What a person here is told inside the app."""

    key = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    about_lead = models.BigIntegerField(null=True)
    props = models.JSONField(default=dict)
    at = MomentField()
    read_at = MomentField(null=True)
