"""Who works here: the organisation, its teams, its people, their keys."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField


class Role(models.TextChoices):
    """What a person may do; `accounts.rules` turns it into gates."""

    REP = "rep"
    MANAGER = "manager"
    MARKETER = "marketer"
    ADMIN = "admin"


class Organisation(models.Model):
    """The one organisation of this base (an agency runs one base for each client)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="fa")
    time_zone = models.CharField(max_length=64, default="Asia/Tehran")
    calendar = models.CharField(max_length=10, default="jalali")
    currency = models.CharField(max_length=3, default="IRR")
    # {"0": [["09:00", "17:00"]], …}: Monday is 0; a missing day is off.
    working_week = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    created_at = MomentField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_organisation")]


class Holiday(models.Model):
    """A day off, estimated from the calendar or made official by an admin."""

    day = models.DateField(unique=True)
    name = BilingualField()
    is_official = models.BooleanField(default=False)


class Team(models.Model):
    """A node in the tree of teams; a manager sees the own branch."""

    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_active = models.BooleanField(default=True)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.REP)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="users")
    language = models.CharField(max_length=2, default="fa")
    theme = models.CharField(max_length=6, default="auto")  # auto, light, dark
    is_active = models.BooleanField(default=True)
    is_available = models.BooleanField(default=True)  # takes new leads
    created_at = MomentField()

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    @property
    def is_staff(self) -> bool:
        return self.role == Role.ADMIN

    def get_full_name(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """A person's place in a team: share of leads, how many at once, what they are good at."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    weight = models.PositiveSmallIntegerField(default=1)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    skills = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "user"], name="one_membership")]


class ApiToken(models.Model):
    """A key of the API: only its SHA-256 is kept; scopes empty = all that the user may do."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = MomentField()
    last_used_at = MomentField(null=True, blank=True)
    revoked_at = MomentField(null=True, blank=True)


class SetupLink(models.Model):
    """The one-time link that `serve` prints on an empty base."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = MomentField()
    used_at = MomentField(null=True, blank=True)


class SettingChange(models.Model):
    """The log of settings: who changed what, from what, to what."""

    at = MomentField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True)
    subject = models.CharField(max_length=120)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
