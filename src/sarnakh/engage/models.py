"""Talking to them: what is to do, and what was done."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.djangokit.models import MomentField
from sarnakh.leads.models import Event, OnLead


class Task(OnLead):
    key = models.CharField(max_length=120, null=True, unique=True)  # made by a machine: once for its cause
    kind = models.CharField(max_length=10)  # call, meeting, message, email, todo
    title = models.CharField(max_length=200, blank=True)
    due_at = MomentField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="tasks")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = MomentField()
    done_at = MomentField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # done, cancelled

    class Meta:
        db_table = "task"
        indexes: ClassVar = [
            models.Index(fields=["owner", "due_at"], name="task_open", condition=models.Q(done_at__isnull=True))
        ]


class Activity(OnLead):
    """A call, meeting, note or message as it happened. The text is the organisation's own record of a person."""

    kind = models.CharField(max_length=8)  # call, meeting, note, message
    direction = models.CharField(max_length=8, blank=True)  # inbound, outbound; empty for notes
    outcome = models.CharField(max_length=20, blank=True)  # of a call: `rules.OUTCOMES`
    text = models.TextField(blank=True)
    duration_s = models.PositiveIntegerField(null=True)
    at = MomentField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="activities")
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")  # null only while both are made

    class Meta:
        db_table = "activity"
        indexes: ClassVar = [models.Index(fields=["lead", "-at"], name="activity_lead")]
