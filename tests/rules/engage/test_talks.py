"""What a talk must say, which task it answers, what could come next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.engage.rules import (
    ATTEMPTS,
    OUTCOMES,
    OpenTask,
    Problem,
    answered_task,
    direction_of,
    problems_of_activity,
    problems_of_task,
    suggested_next,
)

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({"kind": "call", "outcome": "connected", "direction": "outbound"}, []),
        ({"kind": "call"}, []),
        ({"kind": "meeting", "direction": "outbound", "text": "demo"}, []),
        ({"kind": "note", "text": "likes blue"}, []),
        ({"kind": "fax"}, [Problem("kind", "unknown_kind")]),
        ({"kind": "call", "outcome": "great"}, [Problem("outcome", "unknown_outcome")]),
        ({"kind": "meeting", "outcome": "connected"}, [Problem("outcome", "only_for_calls")]),
        ({"kind": "call", "direction": "up"}, [Problem("direction", "unknown_direction")]),
        ({"kind": "note", "text": "x", "direction": "inbound"}, [Problem("direction", "not_for_notes")]),
        ({"kind": "note", "text": "  "}, [Problem("text", "text_required")]),
        ({"kind": "call", "duration_s": -1}, [Problem("duration_s", "negative")]),
        ({"kind": "call", "at": AT + timedelta(minutes=1)}, [Problem("at", "in_the_future")]),
    ],
)
def test_an_activity_is_recorded_or_told_what_is_wrong(said: dict, problems: list[Problem]) -> None:
    whole = {"direction": "", "outcome": "", "text": "", "duration_s": None, "at": AT, **said}
    assert problems_of_activity(**whole, now=AT) == problems


def test_a_to_do_needs_a_title_and_a_call_does_not() -> None:
    assert problems_of_task(kind="call", title="") == []
    assert problems_of_task(kind="todo", title=" ") == [Problem("title", "title_required")]
    assert problems_of_task(kind="dance", title="x") == [Problem("kind", "unknown_kind")]


def test_what_we_do_is_outbound_unless_told_otherwise() -> None:
    assert [direction_of("call", ""), direction_of("call", "inbound"), direction_of("note", "")] == [
        "outbound",
        "inbound",
        "",
    ]


def test_a_call_answers_the_callers_own_open_call_before_an_earlier_one_of_others() -> None:
    tasks = [
        OpenTask(1, "call", AT, owner=8),
        OpenTask(2, "call", AT + timedelta(days=2), owner=7),
        OpenTask(3, "call", AT + timedelta(days=1), owner=7),
        OpenTask(4, "meeting", AT, owner=7),
    ]
    assert answered_task(tasks, kind="call", actor=7) == 3
    assert answered_task(tasks, kind="call", actor=9) == 1
    assert answered_task(tasks, kind="message", actor=7) is None
    assert answered_task(tasks, kind="note", actor=7) is None


@given(outcome=st.sampled_from(OUTCOMES), made=st.integers(0, 9))
def test_calling_again_is_offered_while_it_is_of_use(outcome: str, made: int) -> None:
    offered = suggested_next(outcome, calls_made=made)
    is_of_use = outcome in ("no_answer", "busy", "call_later") and made < ATTEMPTS
    assert (offered is not None) is is_of_use
    if offered:
        assert (offered.kind, offered.attempt) == ("call", made + 1)
        assert offered.minutes > 0
