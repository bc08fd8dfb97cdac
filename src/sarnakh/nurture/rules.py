"""Decisions of `nurture` as pure functions: who is welcomed, under which key, and what an unsubscribe takes back.

Refuses: what is older than a day (a backdated fact starts no message), a marketing text without marketing consent, a
service text to whom has taken back that consent since asking. Suppressed addresses are the outbox's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WELCOME_WINDOW = timedelta(hours=24)
SERVICE, MARKETING = "service", "marketing"


@dataclass(frozen=True, slots=True)
class Permit:
    """The latest word of a person on one purpose by e-mail."""

    is_granted: bool
    at: datetime


def welcome_key(form: str, person: int) -> str:
    """One welcome for a form and a person, however often they send it."""
    return f"welcome:{form}:{person}"


def may_send(purpose: str, *, asked_at: datetime, permits: Mapping[str, Permit]) -> bool:
    """Whether a text of `purpose` may answer a request made at `asked_at`, by what the person said {purpose: permit}.

    Asking us is consent to be answered, until taken back; marketing needs a yes of its own.
    """
    permit = permits.get(purpose)
    if purpose == SERVICE:
        return permit is None or permit.is_granted or permit.at < asked_at
    return permit is not None and permit.is_granted


def taken_back_by(purpose: str) -> tuple[str, ...]:
    """Which purposes end when someone unsubscribes from a message of `purpose`.

    Who wants no more answers wants no advertising either.
    """
    return (MARKETING,) if purpose == MARKETING else (SERVICE, MARKETING)


def masked(address: str) -> str:
    """An e-mail address as it may stand on a page that whoever has the link can open: s…@example.com."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}"
