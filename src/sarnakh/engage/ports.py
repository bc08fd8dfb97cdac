"""What crosses the border of `engage`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sarnakh.engage.models import Activity, Task


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said or done: kind call, meeting, note, message; direction inbound, outbound or "" (ours).

    `outcome` is for calls only, one of `rules.OUTCOMES` or ""; `duration_s` in seconds.
    """

    kind: str
    direction: str = ""
    outcome: str = ""
    text: str = ""
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """A task to make; `owner` None: whoever makes it, else the lead's owner."""

    kind: str
    due_at: datetime
    title: str = ""
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """What came of recording a talk: its row, the task it answered, the next one."""

    activity: Activity
    answered: Task | None
    next: Task | None
