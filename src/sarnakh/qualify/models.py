"""Whether they fit: the rule for MQL, the five points of SQL, the reasons for a refusal."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField
from sarnakh.leads.models import OnLead


class MqlRule(models.Model):
    """A lead in stage `lead` becomes MQL while a rule's Filter holds; the first by position gives the reason."""

    name = BilingualField()
    when = models.JSONField()
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "mql_rule"


class ChecklistItem(OnLead):
    """One of the five points as it stands: need, problem, budget, authority, timeline."""

    item = models.CharField(max_length=10)
    is_met = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    at = MomentField()

    class Meta:
        db_table = "checklist_item"
        constraints: ClassVar = [models.UniqueConstraint(fields=["origin", "item"], name="one_checklist_item")]


class RefusalReason(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = BilingualField()
    family = models.CharField(max_length=20)  # ignored, would_not_talk, refused_to_buy
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "refusal_reason"
