"""What was answered under an Idempotency-Key, so that a repeated request is answered the same and does nothing."""

from typing import ClassVar

from django.db import models

from sarnakh.djangokit.models import MomentField


class Idempotent(models.Model):
    """One request that a client may repeat; written in the transaction of its effect."""

    token = models.BigIntegerField()
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=300)  # method and path
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)  # 0 only inside the transaction that answers
    answer = models.TextField(blank=True)
    at = MomentField(db_index=True)

    class Meta:
        db_table = "api_idempotent"
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "key"], name="one_idempotent_answer")]
