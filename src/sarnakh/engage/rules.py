"""What a talk with a lead must say to be recorded, which open task it answers, what the next step could be.

Suggests and checks; when a working hour falls is told by `kit`, who may write to whom by `accounts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

CALL, MEETING, NOTE, MESSAGE = ACTIVITY_KINDS = ("call", "meeting", "note", "message")
TASK_KINDS = ("call", "meeting", "message", "email", "todo")
INBOUND, OUTBOUND = DIRECTIONS = ("inbound", "outbound")

# In the order of their keys 1-6 on the pages.
OUTCOMES = (CONNECTED, NO_ANSWER, BUSY, CALL_LATER, WRONG_NUMBER, NOT_INTERESTED) = (
    "connected",
    "no_answer",
    "busy",
    "call_later",
    "wrong_number",
    "not_interested",
)
DONE, CANCELLED = TASK_OUTCOMES = ("done", "cancelled")

# The fact that each kind of activity is.
FACT_OF = {CALL: "call_logged", MEETING: "meeting_held", NOTE: "note_added", MESSAGE: "message_logged"}

# About four of five sales need five follow-ups or more: that many calls are offered before giving up.
ATTEMPTS = 5

# Working minutes after which a call is tried again, by how the last one ended.
AGAIN_AFTER = {NO_ANSWER: 4 * 60, BUSY: 30, CALL_LATER: 8 * 60}

FIRST_CALL_MINUTES = 30  # working minutes from hand-over to the first call, unless the settings say otherwise


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class OpenTask:
    id: int
    kind: str
    due_at: datetime
    owner: int | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A next step a page may offer: a task of this kind after so many working minutes."""

    kind: str
    minutes: int
    attempt: int  # the how-manieth call it would be


def problems_of_activity(
    *, kind: str, direction: str, outcome: str, text: str, duration_s: int | None, at: datetime, now: datetime
) -> list[Problem]:
    """What keeps an activity from being recorded; `direction` and `outcome` may be empty."""
    if kind not in ACTIVITY_KINDS:
        return [Problem("kind", "unknown_kind")]
    found = []
    if direction and (direction not in DIRECTIONS or kind == NOTE):
        found.append(Problem("direction", "unknown_direction" if kind != NOTE else "not_for_notes"))
    if outcome and (outcome not in OUTCOMES or kind != CALL):
        found.append(Problem("outcome", "unknown_outcome" if kind == CALL else "only_for_calls"))
    if duration_s is not None and duration_s < 0:
        found.append(Problem("duration_s", "negative"))
    if kind == NOTE and not text.strip():
        found.append(Problem("text", "text_required"))
    if at > now:
        found.append(Problem("at", "in_the_future"))
    return found


def problems_of_task(*, kind: str, title: str) -> list[Problem]:
    if kind not in TASK_KINDS:
        return [Problem("kind", "unknown_kind")]
    return [Problem("title", "title_required")] if kind == "todo" and not title.strip() else []


def direction_of(kind: str, direction: str) -> str:
    """The direction as stored: a note has none, all else is ours unless told otherwise."""
    return "" if kind == NOTE else direction or OUTBOUND


def answered_task(tasks: Iterable[OpenTask], *, kind: str, actor: int | None) -> int | None:
    """Which open task an activity answers: of the same kind, the actor's own before others', the earliest due."""
    same = [task for task in tasks if task.kind == kind and kind != NOTE]
    if not same:
        return None
    return min(same, key=lambda task: (task.owner != actor, task.due_at, task.id)).id


def suggested_next(outcome: str, *, calls_made: int) -> Suggestion | None:
    """The next step to offer after a call that ended so; None when calling again is no use."""
    minutes = AGAIN_AFTER.get(outcome)
    if minutes is None or calls_made >= ATTEMPTS:
        return None
    return Suggestion(CALL, minutes, calls_made + 1)
