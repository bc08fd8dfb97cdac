"""What crosses the border of `distribute`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handover:
    """Where a lead went: `user` None means the pool, of `team` where one is named."""

    lead: int
    user: int | None
    team: int | None
    rule: int | None
