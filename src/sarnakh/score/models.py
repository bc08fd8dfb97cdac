"""Rule sets and their versions. The scores themselves stand in `leads.LeadScore`."""

from typing import ClassVar

from django.conf import settings
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
    a_from = models.FloatField(default=30)  # fit's letters; below c_from it is D
    b_from = models.FloatField(default=15)
    c_from = models.FloatField(default=0)
    digest = models.CharField(max_length=64, blank=True)  # of its rules, fixed at publication
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
    counts = models.JSONField(default=dict)  # {slug: definition id} of events named in `when`; fixed at publication
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


class Phase(models.TextChoices):
    HISTORY = "history"  # past events are matched against kinds newly in use
    SCORES = "scores"  # each lead is scored under the new version
    COPYING = "copying"  # the version is in force; its scores go to the leads
    DONE = "done"


class Rebuild(models.Model):
    """A build and how far it came: leads (in HISTORY: events) up to `done_up_to`; `again` are re-queued ids."""

    rule_set = models.OneToOneField(RuleSet, models.CASCADE, related_name="rebuild")
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.HISTORY)
    kinds = models.JSONField(default=list)  # ids of definitions still to be matched with history
    done_up_to = models.BigIntegerField(default=0)
    again = models.JSONField(default=list)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = MomentField()
    finished_at = MomentField(null=True)

    class Meta:
        db_table = "score_rebuild"
