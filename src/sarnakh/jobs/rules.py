"""Decisions of `jobs` as pure functions: when to try again, when a schedule fires next, what a token bucket grants."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_DELAY = 5.0  # seconds after the first failure
LONGEST_DELAY = 3600.0


def retry_delay(attempt: int, *, chance: float) -> float:
    """Seconds until the next try after the `attempt`-th one (from 1) failed: 5, 10, 20 … 3600, each by 0.5 to 1.5.

    `chance` in [0, 1) spreads those that failed together.
    """
    base = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 20))
    return base * (0.5 + chance)


def next_firing(next_at: datetime, *, every: float, at: datetime) -> datetime:
    """The first moment after `at` on the grid of `next_at` and `every` seconds: what was missed is not caught up."""
    missed = math.floor(max(0.0, (at - next_at).total_seconds()) / every)
    following = next_at + timedelta(seconds=every * (missed + 1))
    return following if following > at else following + timedelta(seconds=every)  # a float that fell short


@dataclass(frozen=True)
class TokenBucket:
    """`capacity` at most, refilled by `per_second`; `tokens` were in it at `filled_at`."""

    capacity: float
    per_second: float
    tokens: float
    filled_at: datetime


def refilled(bucket: TokenBucket, *, at: datetime) -> TokenBucket:
    """The bucket as it stands at `at`; a clock that went back adds nothing."""
    elapsed = max(0.0, (at - bucket.filled_at).total_seconds())
    tokens = min(bucket.capacity, bucket.tokens + elapsed * bucket.per_second)
    return replace(bucket, tokens=tokens, filled_at=max(at, bucket.filled_at))


def grants(bucket: TokenBucket) -> int:
    """How many whole tokens may be spent now."""
    return max(0, math.floor(bucket.tokens))


def spent(bucket: TokenBucket, *, count: int) -> TokenBucket:
    """The bucket after `count` tokens left it."""
    return replace(bucket, tokens=bucket.tokens - count)
