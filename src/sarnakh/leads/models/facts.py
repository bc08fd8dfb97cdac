"""The append-only log and what is matched out of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField
from sarnakh.leads.models.cards import Company, Lead, OnVisitor, Person, Visitor


class Event(OnVisitor):
    """A fact. Immutable but `lead` (= root(origin)); a visitor's event gets its card when the device is linked.

    Consumers never read "id > last seen": on PostgreSQL ids commit out of order.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="events", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="events", db_index=False)
    visitor = models.ForeignKey(Visitor, models.PROTECT, null=True, related_name="events", db_index=False)
    at = MomentField()
    received_at = MomentField()
    source = models.CharField(max_length=40)  # which door: app, form, api, tracker:<source id>, import
    message_id = models.CharField(max_length=100)  # unique with source, see Seen
    name = models.CharField(max_length=60)  # built-in kinds are listed in leads.facts
    props = models.JSONField(default=dict)  # never personal data
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    retracts = models.ForeignKey("self", models.PROTECT, null=True, related_name="retracted_by", db_index=False)

    class Meta:
        db_table = "event"
        indexes: ClassVar = [
            models.Index(fields=["lead", "at"], name="event_lead_at"),
            models.Index(fields=["visitor", "at"], name="event_visitor_at", condition=models.Q(visitor__isnull=False)),
            models.Index(fields=["person", "at"], name="event_person_waiting", condition=models.Q(lead__isnull=True)),
            models.Index(fields=["name", "at"], name="event_name_at"),
            models.Index(fields=["retracts"], name="event_retracts", condition=models.Q(retracts__isnull=False)),
        ]


class Seen(models.Model):
    """(source, message_id) of the last 30 days: a client that got no answer sends again, and counts once."""

    pk = models.CompositePrimaryKey("source", "message_id")
    source = models.CharField(max_length=40)
    message_id = models.CharField(max_length=100)
    at = MomentField(db_index=True)

    class Meta:
        db_table = "seen"


class KindDefinition(models.Model):
    """An immutable definition of a kind, named by the hash of its content; `when` as in the API."""

    digest = models.CharField(max_length=64, unique=True)
    when = models.JSONField()  # {type, url_contains, name, where[]}
    is_used = models.BooleanField(default=False)  # a published version has used it: every event is matched against it

    class Meta:
        db_table = "kind_definition"


class EventKind(models.Model):
    """A slug that rules and segments name; points to the current definition, flips at publication."""

    slug = models.SlugField(max_length=60, unique=True)
    name = BilingualField()
    current = models.ForeignKey(KindDefinition, models.PROTECT, related_name="+")
    is_builtin = models.BooleanField(default=False)

    class Meta:
        db_table = "event_kind_slug"


class KindMatch(models.Model):
    """One row for each kind an event matches; only this is scored and counted. A retracted event has none."""

    pk = models.CompositePrimaryKey("event_id", "kind_id")
    event = models.ForeignKey(Event, models.CASCADE, related_name="kinds", db_index=False)
    kind = models.ForeignKey(KindDefinition, models.PROTECT, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="+", db_index=False)
    at = MomentField()
    value = models.FloatField(default=0)

    class Meta:
        db_table = "event_kind"
        indexes: ClassVar = [
            models.Index(fields=["lead", "at", "kind", "value"], name="event_kind_one_lead"),
            models.Index(fields=["kind", "at", "lead"], name="event_kind_sets"),
        ]


class FieldHistory(models.Model):
    """Every value of every field that a Filter may name, personal ones too. Never moves with a merge."""

    origin = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="field_history")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="field_history")
    company = models.ForeignKey(Company, models.PROTECT, null=True, related_name="field_history")
    field = models.CharField(max_length=80)
    at = MomentField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    event = models.ForeignKey(Event, models.PROTECT, related_name="fields", db_index=False)

    class Meta:
        db_table = "field_history"
