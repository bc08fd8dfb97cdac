"""How it ends: pipelines and deals."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField
from sarnakh.leads.models import Company, Contact, Event, OnLead


class Pipeline(models.Model):
    name = BilingualField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "pipeline"


class PipelineStage(models.Model):
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="stages")
    slug = models.SlugField(max_length=60)
    name = BilingualField()
    position = models.PositiveSmallIntegerField(default=0)
    chance = models.PositiveSmallIntegerField(default=50)  # percent, for the weighted value
    limit_days = models.PositiveSmallIntegerField(default=14)  # how long a deal may stay

    class Meta:
        db_table = "pipeline_stage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["pipeline", "slug"], name="one_stage_slug")]


class Deal(OnLead):
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="deals")
    company = models.ForeignKey(Company, models.PROTECT, null=True, related_name="deals")
    title = models.CharField(max_length=200)
    amount = models.BigIntegerField(default=0)  # smallest unit of currency
    currency = models.CharField(max_length=3, default="IRR")
    stage = models.ForeignKey(PipelineStage, models.PROTECT, related_name="deals")
    status = models.CharField(max_length=4, default="open")  # open, won, lost
    stage_at = MomentField()  # since when it stands in this stage
    reason = models.CharField(max_length=60, blank=True)  # of the loss
    closing = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")  # the win or loss, while closed
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="deals")
    created_at = MomentField()
    closed_at = MomentField(null=True)
    changed_at = MomentField()
    hidden_at = MomentField(null=True)

    class Meta:
        db_table = "deal"
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created_at", "-id"], name="deal_owner_newest"),
            models.Index(fields=["lead"], name="deal_lead"),
        ]
