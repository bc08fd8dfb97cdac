"""Products and price lists."""

from django.db import models

from sarnakh.djangokit.models import BilingualField


class Product(models.Model):
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    name = BilingualField()
    line = models.CharField(max_length=80, blank=True)
    price_amount = models.BigIntegerField(null=True, blank=True)  # smallest unit of price_currency
    price_currency = models.CharField(max_length=3, default="IRR")
    is_active = models.BooleanField(default=True)
