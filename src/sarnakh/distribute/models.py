"""Whose they are: rules in order, and why each lead went to whom."""

from django.conf import settings
from django.db import models

from sarnakh.accounts.models import Team
from sarnakh.djangokit.models import MomentField
from sarnakh.leads.models import Event, OnLead


class AssignmentRule(models.Model):
    name = models.CharField(max_length=200)
    when = models.JSONField()  # Filter; {"all": []} is everyone
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    method = models.CharField(max_length=12, default="round_robin")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    turn = models.JSONField(default=dict)  # state of the rotation: {"<user id>": given}

    class Meta:
        db_table = "assignment_rule"


class Assignment(OnLead):
    """One hand-over with its reason, readable later: which rule, who was considered, who was skipped and why."""

    rule = models.ForeignKey(AssignmentRule, models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    reason = models.JSONField()
    at = MomentField()
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "assignment"
