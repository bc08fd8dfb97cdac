"""Which moves between stages are allowed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.leads.rules import EXITS, FORWARD, STAGES
from sarnakh.qualify.rules import (
    CHECKLIST,
    CONFLICTS,
    DEFAULT_REASONS,
    FAMILIES,
    WRONG_INPUT,
    Move,
    Turn,
    may_rise_by_rule,
    missing_points,
    refusal_of,
)

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
REASONS = {"no_budget", "no_need"}
LATER = AT + timedelta(days=30)


def judged(stage: str, to: str, reason: str = "", until: datetime | None = None) -> str | None:
    return refusal_of(Move(stage, to, AT, reason, until), reasons=REASONS, created_at=AT - timedelta(days=1), now=AT)


@pytest.mark.parametrize(
    ("stage", "to", "reason", "until", "code"),
    [
        ("lead", "mql", "", None, None),
        ("lead", "sql", "", None, None),
        ("mql", "sql", "", None, None),
        ("lead", "customer", "", None, "through_the_deal"),
        ("sql", "customer", "", None, "through_the_deal"),
        ("customer", "disqualified", "no_need", None, "through_the_deal"),
        ("customer", "lead", "wrong", None, "through_the_deal"),
        ("sql", "mql", "too early", None, "backward"),
        ("sql", "lead", "", None, "reason_required"),
        ("sql", "lead", "not ready", None, None),
        ("mql", "mql", "", None, "same_stage"),
        ("lead", "lead", "again", None, "same_stage"),
        ("lead", "disqualified", "", None, "reason_required"),
        ("lead", "disqualified", "because", None, "unknown_reason"),
        ("sql", "disqualified", "no_budget", None, None),
        ("lead", "deferred", "", None, "until_required"),
        ("lead", "deferred", "", AT, "until_past"),
        ("mql", "deferred", "", LATER, None),
        ("deferred", "deferred", "later still", LATER, None),
        ("lead", "mql", "", LATER, "until_unexpected"),
        ("disqualified", "sql", "", None, "return_first"),
        ("disqualified", "deferred", "", LATER, "return_first"),
        ("deferred", "disqualified", "no_need", None, "return_first"),
        ("disqualified", "disqualified", "no_need", None, "same_stage"),
        ("disqualified", "lead", "called back", None, None),
        ("deferred", "lead", "", None, "reason_required"),
        ("deferred", "lead", "x" * 201, None, "reason_too_long"),
        ("lead", "won", "", None, "unknown_stage"),
    ],
)
def test_each_move_is_allowed_or_refused_with_its_code(
    stage: str, to: str, reason: str, until: datetime | None, code: str | None
) -> None:
    assert judged(stage, to, reason, until) == code


def test_nothing_happens_before_the_lead_exists() -> None:
    assert refusal_of(Move("lead", "mql", AT), reasons=REASONS, created_at=LATER, now=LATER) == "before_creation"


def test_nothing_happens_ahead_of_time() -> None:
    assert refusal_of(Move("lead", "mql", LATER), reasons=REASONS, created_at=AT, now=AT) == "in_the_future"


@given(
    stage=st.sampled_from(STAGES),
    to=st.sampled_from(STAGES),
    reason=st.sampled_from(["", "no_need", "other"]),
    until=st.sampled_from([None, AT, LATER]),
)
def test_an_allowed_move_goes_forward_out_or_back_to_lead_with_a_reason(
    stage: str, to: str, reason: str, until: datetime | None
) -> None:
    code = judged(stage, to, reason, until)
    if code is not None:
        assert code in WRONG_INPUT | CONFLICTS
        return
    assert "customer" not in (stage, to)
    if to in EXITS:
        assert stage in FORWARD or (stage == to == "deferred")
    elif to == "lead":
        assert reason
    else:
        assert stage in FORWARD
        assert FORWARD.index(to) > FORWARD.index(stage)


def test_missing_points_are_told_in_the_order_they_are_asked() -> None:
    assert missing_points([]) == CHECKLIST
    assert missing_points(["budget", "need"]) == ("problem", "authority", "timeline")
    assert missing_points(CHECKLIST) == ()


@pytest.mark.parametrize(
    ("turns", "may"),
    [
        ([], True),
        ([Turn("mql", False), Turn("lead", True)], False),
        ([Turn("disqualified", True), Turn("lead", True)], False),
        ([Turn("lead", True), Turn("disqualified", True), Turn("lead", False)], True),
        ([Turn("deferred", True), Turn("lead", False)], True),
    ],
)
def test_what_a_person_put_back_waits_until_the_lead_returns_by_itself(turns: list[Turn], may: bool) -> None:
    assert may_rise_by_rule(turns) is may


def test_the_first_reasons_fill_all_three_families_once_each() -> None:
    slugs = [slug for slug, *_ in DEFAULT_REASONS]
    assert len(slugs) == len(set(slugs))
    assert {family for _, family, *_ in DEFAULT_REASONS} == set(FAMILIES)
