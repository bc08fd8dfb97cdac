"""How leads arrive: forms, and every accepted capture with how it ended."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField
from sarnakh.leads.models import MaybeOnLead, Person


class Form(models.Model):
    """A public form at /f/<slug>."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    # [{key, type, required, label: {fa, en}, options: [{value, label}], width}]; key is a card field or custom.<slug>
    fields = models.JSONField(default=list)
    title = BilingualField()
    intro = BilingualField()
    button = BilingualField()
    thanks = BilingualField()
    consent_text = BilingualField()  # for the request itself
    marketing_text = BilingualField()  # optional second tick; empty: not asked
    allowed_sites = models.JSONField(default=list)  # origins that may embed it; empty: none but our own
    product = models.CharField(max_length=80, blank=True)
    welcome_template = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = MomentField()

    class Meta:
        db_table = "form"


class CaptureState(models.TextChoices):
    """Every accepted capture ends as exactly one of these; pending is on its way, and is the queue itself."""

    PENDING = "pending"
    CREATED = "created"
    MERGED = "merged"
    INTEREST = "interest"
    JUNK = "junk"
    FAILED = "failed"


class Capture(MaybeOnLead):
    """What arrived, as it arrived; on disk before it is answered."""

    key = models.CharField(max_length=200, unique=True)  # idempotency: "<channel>:<who>:<key>"
    channel = models.CharField(max_length=20)  # form, api, import, identify
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="captures")
    body = models.JSONField()  # leads.ports.CaptureInput as JSON: personal data, blanked by erasure
    request = models.JSONField(default=dict)  # page, referrer, agent, ip, visitor key, utm
    actor = models.BigIntegerField(null=True)
    at = MomentField()
    received_at = MomentField()
    state = models.CharField(max_length=8, choices=CaptureState.choices, default=CaptureState.PENDING)
    due_at = MomentField(null=True)  # pending: when a worker takes it over; moves by the lease when claimed
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(blank=True)  # why junk or failed
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="captures")

    class Meta:
        db_table = "capture"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="capture_due", condition=models.Q(state="pending")),
            models.Index(fields=["state", "-id"], name="capture_state"),
        ]
