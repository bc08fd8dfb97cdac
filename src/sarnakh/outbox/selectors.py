"""Reads of the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sarnakh.outbox import rules
from sarnakh.outbox.models import Message, Suppression


def suppressions_of(addresses: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """{(channel, address key): {purpose: reason}} of those of the (channel, address) pairs that have any; one query."""
    keys = {(channel, rules.address_key(channel, address)) for channel, address in addresses}
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    rows = Suppression.objects.filter(
        channel__in={channel for channel, _ in keys}, address__in={address for _, address in keys}
    )
    for row in rows:
        found[row.channel, row.address][row.purpose] = row.reason
    return found


def known_keys(keys: Iterable[str]) -> set[str]:
    """Those of the keys under which a message was written already, whatever became of it."""
    return set(Message.objects.filter(key__in=list(keys)).values_list("key", flat=True))
