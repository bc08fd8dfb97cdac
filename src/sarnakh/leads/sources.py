"""Doors that send us events and leads: a site, a shop, an app."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sarnakh.kit import ids
from sarnakh.leads.models import Source


class NameTaken(ValueError):
    """Another source has this name."""


def create_source(name: str, *, at: datetime) -> tuple[Source, str]:
    """A new source and its server key, which is kept as a digest only; the write key is public. Raises NameTaken."""
    server_key = f"sk_{ids.new_token()}"
    try:
        with transaction.atomic():
            source = Source.objects.create(
                name=name, write_key=f"wk_{ids.new_token(18)}", server_digest=ids.digest(server_key), created_at=at
            )
    except IntegrityError as error:
        raise NameTaken(name) from error
    return source, server_key
