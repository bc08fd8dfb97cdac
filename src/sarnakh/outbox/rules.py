"""Decisions of `outbox` as pure functions: who may not be written to, what a refusal means, when to try again.

Elsewhere: consent (leads), what is written (nurture, engage), the sending itself (sending).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import Enum

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=5)
CHANNEL_PAUSE = timedelta(seconds=60)
_STEPS_MINUTES = (1, 5, 15, 30, 60, 120, 240, 480)
_ONE_ADDRESS = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+")
_LINE_BREAKS = re.compile(r"[\r\n\t\v\f\x00\u2028\u2029]+")


class Ending(Enum):
    """What an attempt came to."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


def address_key(channel: str, address: str) -> str:
    """The form in which addresses are compared: trimmed, case folded for e-mail."""
    trimmed = address.strip()
    return trimmed.casefold() if channel == "email" else trimmed


def is_address(channel: str, address: str) -> bool:
    """Whether one message can be addressed to it; for e-mail one plain address, no list and no name beside it."""
    return channel != "email" or _ONE_ADDRESS.fullmatch(address.strip()) is not None


def blocking_reason(purpose: str, suppressions: Mapping[str, str]) -> str:
    """Why a message of `purpose` may not go to an address with these suppressions {purpose: reason}; "" if it may.

    A suppression for "all" holds for everything, one for a purpose for that purpose only.
    """
    return suppressions.get("all") or suppressions.get(purpose, "")


def message_id(key: str, domain: str) -> str:
    """The RFC 5322 Message-ID of a message: a function of its key, so every copy of it carries the same."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def one_line(text: str) -> str:
    """A subject or header value without line breaks: they would begin another header."""
    return _LINE_BREAKS.sub(" ", text).strip()


def retry_after(attempts: int, key: str) -> timedelta:
    """How long to wait after the `attempts`-th failure: 1 min to 8 h, up to a fifth more, fixed by the key."""
    minutes = _STEPS_MINUTES[min(max(attempts, 1), len(_STEPS_MINUTES)) - 1]
    spread = int.from_bytes(hashlib.sha256(f"{key}:{attempts}".encode()).digest()[:2], "big") / 65535
    return timedelta(minutes=minutes * (1 + spread / 5))


def ending_of(codes: Collection[int], attempts: int) -> Ending:
    """What the SMTP reply codes of a refused message mean; no code: the connection broke, nobody knows.

    5xx for the message is permanent (RFC 5321 4.2.1), all else is tried again until the attempts are used up.
    """
    if codes and all(500 <= code <= 599 for code in codes):
        return Ending.FAILED
    return Ending.FAILED if attempts >= MAX_ATTEMPTS else Ending.RETRY
