"""Person and the cards of a person: lead, contact; company; the anonymous visitor, who is an interest and no lead."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from sarnakh.accounts.models import Team
from sarnakh.catalogue.models import Product
from sarnakh.djangokit.models import BilingualField, MomentField


class Company(models.Model):
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, db_index=True)  # kit.text.fold_key(name)
    industry = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)  # people
    legal_id = models.CharField(max_length=14, blank=True)
    domain = models.CharField(max_length=200, blank=True)
    province = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    custom = models.JSONField(default=dict)
    created_at = MomentField()

    class Meta:
        db_table = "company"


class Person(models.Model):
    """A human being. Personal data lives here, in `field_history` and in capture bodies only."""

    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")  # the root, never a chain
    name = models.CharField(max_length=200, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="people")
    province = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, blank=True)
    custom = models.JSONField(default=dict)  # values of the organisation's own fields
    proposals = models.JSONField(default=dict)  # {field: [value, …]} that captures brought for filled fields
    created_at = MomentField()
    erased_at = MomentField(null=True)

    class Meta:
        db_table = "person"


class OnPerson(models.Model):
    """A row that hangs on a person: `origin` never changes, `person` = root(origin) over the merges not undone."""

    origin = models.ForeignKey(Person, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


class Lead(OnPerson):
    """An open or closed wish of a person. Small on purpose: each stage keeps its own tables.

    `stage`, `owner`, `score`, `temperature` are answers computed from the log, stored for lists.
    """

    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    stage = models.CharField(max_length=12, default="lead")
    stage_at = MomentField()
    reason = models.CharField(max_length=60, blank=True)  # of the present exit (disqualified, deferred)
    deferred_until = MomentField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="owned_leads", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="leads", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="leads")
    score = models.FloatField(default=0)
    fit = models.FloatField(default=0)
    engagement = models.FloatField(default=0)
    temperature = models.CharField(max_length=5, default="cold")
    scored_at = MomentField(null=True)
    search = models.TextField(blank=True)  # kit.text.fold of name, company, phones, e-mails
    created_at = MomentField()
    changed_at = MomentField()  # someone or something changed it; decay alone does not
    advance_due_at = MomentField(null=True)  # when `lifecycle.advance` has something to do; null: never
    hidden_at = MomentField(null=True)  # merged away, undone import, deleted: kept, not shown
    version = models.PositiveIntegerField(default=0)  # compare-and-set of every writer

    class Meta:
        db_table = "lead"
        indexes: ClassVar = [
            models.Index(
                fields=["advance_due_at"], name="lead_advance_due", condition=models.Q(advance_due_at__isnull=False)
            ),
            models.Index(fields=["-created_at", "-id"], name="lead_newest", condition=models.Q(hidden_at__isnull=True)),
            models.Index(fields=["owner", "-created_at", "-id"], name="lead_owner_newest"),
            models.Index(fields=["team", "-created_at", "-id"], name="lead_team_newest"),
            models.Index(fields=["-score", "-id"], name="lead_hottest", condition=models.Q(hidden_at__isnull=True)),
            models.Index(fields=["stage", "-created_at", "-id"], name="lead_stage_newest"),
            models.Index(fields=["changed_at"], name="lead_changed"),
        ]


class OnLead(models.Model):
    """A row that hangs on a lead: `origin` never changes, `lead` = root(origin) over the merges not undone.

    Merge and undo (`leads.merging`) move every subclass with one set-based UPDATE.
    """

    origin = models.ForeignKey(Lead, models.PROTECT, related_name="+")
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="%(app_label)s_%(class)ss")

    class Meta:
        abstract = True


class MaybeOnLead(models.Model):
    """As OnLead, for rows that may (still) have no lead."""

    origin = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="+")
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="%(class)ss")

    class Meta:
        abstract = True


class Contact(OnPerson):
    """The customer's card of a person, made at conversion; linked both ways with the lead it came from."""

    lead = models.OneToOneField(Lead, models.PROTECT, related_name="contact")
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="contacts")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="contacts")
    created_at = MomentField()
    hidden_at = MomentField(null=True)

    class Meta:
        db_table = "contact"


class Visitor(models.Model):
    """A browser or device seen by the tracker: an interest, until someone on it says who they are."""

    key = models.CharField(max_length=100, unique=True)  # anonymousId
    created_at = MomentField()
    seen_at = MomentField()
    first_touch = models.JSONField(default=dict)  # {source, medium, campaign, term, content, at}
    last_touch = models.JSONField(default=dict)  # the last non-direct one

    class Meta:
        db_table = "visitor"


class VisitorLink(OnPerson):
    """From `at` this device is this person's; the first link takes what came before too. Detached: retracted."""

    visitor = models.ForeignKey(Visitor, models.PROTECT, related_name="links")
    at = MomentField()
    retracted_at = MomentField(null=True)

    class Meta:
        db_table = "visitor_link"


class OnVisitor(MaybeOnLead):
    """A row that hangs on a device, and through it on a person's card and a lead; `leads.visitors.place` moves it."""

    visitor = models.ForeignKey(Visitor, models.PROTECT, null=True, related_name="%(class)ss")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = MomentField()

    class Meta:
        abstract = True


class CustomField(models.Model):
    """A field the organisation adds to the card; Filter names it `custom.<slug>`."""

    class Type(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        CHOICE = "choice"
        DATE = "date"
        YES_NO = "yes_no"

    slug = models.SlugField(max_length=60, unique=True)
    name = BilingualField()
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.TEXT)
    options = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
