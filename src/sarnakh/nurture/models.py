"""Keeping them warm: the texts that are sent."""

from django.db import models

from sarnakh.djangokit.models import BilingualField, MomentField


class Template(models.Model):
    """A message in both languages; subject and body are Liquid, body is HTML written by a marketer, never trusted."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=10, default="email")
    purpose = models.CharField(max_length=20, default="service")
    subject = BilingualField()
    body = BilingualField()
    updated_at = MomentField()

    class Meta:
        db_table = "template"
