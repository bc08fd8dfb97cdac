"""Background work: one leased table in the same database, a schedule, and a bucket for each channel."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import MomentField


class JobState(models.IntegerChoices):
    WAITING = 0  # due at run_at; a claimed job is waiting too, its run_at is the end of the lease
    DEAD = 1  # gave up after max_attempts; kept, visible, can be revived


class Job(models.Model):
    """A call of a task, at least once. Claim = conditional UPDATE that sets run_at to now + lease."""

    queue = models.CharField(max_length=32, default="default")
    task = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    key = models.CharField(max_length=120, null=True, unique=True)  # at most one waiting job of a key
    priority = models.SmallIntegerField(default=0)
    channel = models.CharField(max_length=40, blank=True)  # spends a token of this bucket
    run_at = MomentField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    state = models.SmallIntegerField(choices=JobState.choices, default=JobState.WAITING)
    worker = models.CharField(max_length=80, null=True)
    error = models.TextField(blank=True)
    created_at = MomentField()

    class Meta:
        db_table = "job"
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "-priority", "run_at"], name="job_due", condition=models.Q(state=JobState.WAITING)
            ),
            models.Index(fields=["id"], name="job_dead", condition=models.Q(state=JobState.DEAD)),
        ]


class Schedule(models.Model):
    """A task that runs again and again; fired by compare-and-set of next_at, so once over all workers."""

    name = models.CharField(max_length=80, primary_key=True)
    task = models.CharField(max_length=200)
    every_seconds = models.FloatField()
    next_at = MomentField()

    class Meta:
        db_table = "schedule"


class Bucket(models.Model):
    """A token bucket: how fast a channel may leave."""

    channel = models.CharField(max_length=40, primary_key=True)
    capacity = models.FloatField()
    per_second = models.FloatField()
    tokens = models.FloatField()
    filled_at = MomentField()

    class Meta:
        db_table = "bucket"
