"""Reads of `track`."""

from __future__ import annotations

from sarnakh.kit import ids
from sarnakh.leads.models import Source

LONGEST_KEY = 200


def source_of_key(key: str) -> tuple[Source, bool] | None:
    """The source whose key this is, and whether it is its server key; None: unknown, or the source is disabled."""
    if not key or len(key) > LONGEST_KEY or "\x00" in key:
        return None
    enabled = Source.objects.filter(disabled_at__isnull=True)
    source = enabled.filter(write_key=key).first()
    if source is not None:
        return source, False
    source = enabled.filter(server_digest=ids.digest(key)).first()
    return (source, True) if source is not None else None
