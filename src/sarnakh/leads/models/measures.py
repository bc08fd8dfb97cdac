"""Small tables beside the lead that reports and lists read; each is written by one place only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField
from sarnakh.leads.models.cards import Lead


class Source(models.Model):
    """A door that sends us events or leads: a site, a shop, an app. Its write key is public, its server key is not."""

    name = models.CharField(max_length=120, unique=True)
    write_key = models.CharField(max_length=40, unique=True)
    server_digest = models.CharField(max_length=64, null=True, unique=True)
    created_at = MomentField()
    disabled_at = MomentField(null=True)

    class Meta:
        db_table = "source"


class Campaign(models.Model):
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = MomentField()

    class Meta:
        db_table = "campaign"


class CostLine(models.Model):
    """What a day of a channel cost. Written by the economics service; replaced on its key."""

    date = models.DateField()
    source = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=120, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    clicks = models.PositiveIntegerField(default=0)
    impressions = models.PositiveIntegerField(default=0)
    cost = models.BigIntegerField(default=0)  # smallest unit of currency

    class Meta:
        db_table = "cost_line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["date", "source", "medium", "campaign", "currency"], name="one_cost_line")
        ]


class LeadSource(models.Model):
    """Where a card came from; fixed at creation. `lead` is the lead for which it counts: after a merge only the
    earliest-created card's row has one. Written by `leads.matching` and `leads.merging`."""

    origin = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="+")
    lead = models.OneToOneField(Lead, models.CASCADE, null=True, related_name="origin_source")
    source = models.CharField(max_length=120, blank=True)
    medium = models.CharField(max_length=120, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    term = models.CharField(max_length=200, blank=True)
    content = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=8, default="inbound")
    channel = models.CharField(max_length=20, blank=True)  # form, api, import, hand
    form = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "lead_source"
        indexes: ClassVar = [models.Index(fields=["source", "medium", "campaign"], name="lead_source_key")]


class LeadMilestone(models.Model):
    """When a lead first reached what; recomputed from the log. Written by `leads.milestones`."""

    lead = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="milestone")
    created_at = MomentField()  # earliest creation over merged cards
    first_touch_at = MomentField(null=True)
    mql_at = MomentField(null=True)
    sql_at = MomentField(null=True)
    converted_at = MomentField(null=True)
    won_at = MomentField(null=True)
    disqualified_at = MomentField(null=True)  # latest

    class Meta:
        db_table = "lead_milestone"
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="milestone_created"),
            models.Index(fields=["won_at"], name="milestone_won", condition=models.Q(won_at__isnull=False)),
        ]


class LeadScore(models.Model):
    """Score of a lead under one version of the rules, with the state of its temperature fold. Written by score."""

    pk = models.CompositePrimaryKey("version", "lead_id")
    version = models.PositiveIntegerField()
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="scores")
    fit = models.FloatField(default=0)
    engagement = models.FloatField(default=0)
    score = models.FloatField(default=0)
    temperature = models.CharField(max_length=5, default="cold")
    scored_at = MomentField()
    due_at = MomentField(null=True)  # earliest moment at which score can have moved by 1 or temperature turned
    lead_version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "lead_score"


class Segment(models.Model):
    """A saved Filter with a name; Filter's field `segment` names its slug."""

    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    name = BilingualField()
    filter = models.JSONField()
    created_at = MomentField()

    class Meta:
        db_table = "segment"
