"""Keys that lead to persons, what they allowed, and how two cards become one (and two again)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.djangokit.models import MomentField
from sarnakh.leads.models.cards import OnPerson, Person
from sarnakh.leads.models.facts import Event


class IdentityKind(models.TextChoices):
    """Strongest first; `leads.rules` says which are exclusive."""

    NATIONAL_ID = "national_id"
    MOBILE = "mobile"
    MESSENGER = "messenger"
    EMAIL = "email"
    USER_ID = "user_id"  # "<source>:<userId>"
    PHONE = "phone"  # landline: shared
    ROLE_EMAIL = "role_email"  # info@…: shared


class Identity(OnPerson):
    """A normalised key of a person. Exclusive: at most one row of (kind, value). Shared ones never match alone."""

    kind = models.CharField(max_length=12, choices=IdentityKind.choices)
    value = models.CharField(max_length=320)
    is_exclusive = models.BooleanField()
    verified_at = MomentField(null=True)
    created_at = MomentField()
    hidden_at = MomentField(null=True)

    class Meta:
        db_table = "identity"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                name="exclusive_identity",
                condition=models.Q(is_exclusive=True, hidden_at__isnull=True),
            ),
            models.UniqueConstraint(fields=["kind", "value", "origin"], name="identity_once"),
        ]


class SharedValue(models.Model):
    """A value that an admin marked as shared (the office's mobile): it never matches alone."""

    kind = models.CharField(max_length=12)
    value = models.CharField(max_length=320)
    at = MomentField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "value"], name="one_shared_value")]


class Consent(OnPerson):
    """What a person allowed or took back; the latest row of (purpose, channel) counts."""

    purpose = models.CharField(max_length=20)  # service, marketing
    channel = models.CharField(max_length=20)  # email, sms, call
    is_granted = models.BooleanField()
    at = MomentField()
    text = models.TextField(blank=True)  # the words they agreed to
    source = models.CharField(max_length=60)
    retracted_at = MomentField(null=True)

    class Meta:
        db_table = "consent"


class Merge(models.Model):
    """Two or more cards became one; `before` holds field values only. Undone: `retracted_at`."""

    at = MomentField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    keep_person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    # What the merge filled on kept cards: {"<person id>": {field: [before, written]}}
    before = models.JSONField(default=dict)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    retracted_at = MomentField(null=True)

    class Meta:
        db_table = "merge"


class MergeEdge(models.Model):
    """`gone` follows `kept` while the merge is not undone; root(x) = follow the active edges."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="edges")
    subject = models.CharField(max_length=6)  # person, lead
    gone = models.BigIntegerField()
    kept = models.BigIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "merge_edge"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "gone"], name="one_active_edge", condition=models.Q(is_active=True)
            )
        ]
        indexes: ClassVar = [models.Index(fields=["subject", "kept"], name="merge_edge_kept")]


class DuplicatePair(models.Model):
    """Two persons that may be one; merged only by a human or at a stated precision."""

    low = models.ForeignKey(Person, models.CASCADE, related_name="+")
    high = models.ForeignKey(Person, models.CASCADE, related_name="+")
    confidence = models.FloatField()
    reasons = models.JSONField(default=list)  # [{"code": "same_phone", "value": "…"}]
    state = models.CharField(max_length=10, default="open")  # open, merged, dismissed
    created_at = MomentField()

    class Meta:
        db_table = "duplicate_pair"
        constraints: ClassVar = [models.UniqueConstraint(fields=["low", "high"], name="one_pair")]
