"""Rule sets and their versions. The scores themselves stand in `leads.LeadScore`."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import MomentField
from sarnakh.leads.models import KindDefinition


class RuleSetState(models.TextChoices):
    DRAFT = "draft"
    BUILDING = "building"
    PUBLISHED = "published"
    RETIRED = "retired"  # was published, can be gone back to
    CANCELLED = "cancelled"  # another publication came while it was building


class RuleSet(models.Model):
    version = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=RuleSetState.choices, default=RuleSetState.DRAFT)
    hot_from = models.FloatField(default=70)
    warm_from = models.FloatField(default=35)
    first_published_at = MomentField(null=True)
    created_at = MomentField()

    class Meta:
        db_table = "rule_set"


class Rule(models.Model):
    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="rules")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)  # behaviour, profile
    group = models.CharField(max_length=80, blank=True)
    points = models.FloatField()
    # behaviour
    event = models.CharField(max_length=60, blank=True)  # slug of an EventKind
    where = models.JSONField(default=list)
    matches = models.ForeignKey(KindDefinition, models.PROTECT, null=True, related_name="+")  # fixed at publication
    half_life_days = models.FloatField(null=True)
    cap = models.FloatField(null=True)
    times = models.PositiveSmallIntegerField(default=1)
    within_days = models.FloatField(null=True)
    # profile
    when = models.JSONField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "score_rule"


class RuleGroupCap(models.Model):
    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="group_caps")
    group = models.CharField(max_length=80)
    cap = models.FloatField()

    class Meta:
        db_table = "score_group_cap"
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule_set", "group"], name="one_group_cap")]


class Publication(models.Model):
    """Which version was in force from when: score(lead, t) uses the one published at t."""

    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="publications")
    at = MomentField(unique=True)

    class Meta:
        db_table = "score_publication"


class Rebuild(models.Model):
    """The one build under way: leads up to `done_up_to` are written; `again` are re-queued ids."""

    rule_set = models.OneToOneField(RuleSet, models.CASCADE, related_name="rebuild")
    done_up_to = models.BigIntegerField(default=0)
    again = models.JSONField(default=list)
    started_at = MomentField()
    finished_at = MomentField(null=True)

    class Meta:
        db_table = "score_rebuild"
