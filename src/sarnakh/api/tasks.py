"""Jobs of the API."""

from __future__ import annotations

from datetime import datetime

from sarnakh.api.answers import forget_answers
from sarnakh.jobs.registry import job


@job("api.forget_answers")
def forget(*, at: datetime) -> None:
    """Drop answers under an Idempotency-Key that nobody repeats any more."""
    forget_answers(at)
