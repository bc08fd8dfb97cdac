"""How a deal may move and what its end asks of the lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.convert.rules import (
    CONFLICTS,
    DEFAULT_STAGES,
    STATUSES,
    WRONG_INPUT,
    refusal_of_change,
    refusal_of_conversion,
    refusal_of_status,
    stage_after_loss,
    stage_after_reopening,
)
from sarnakh.leads.rules import STAGES


@pytest.mark.parametrize(
    ("status", "to", "reason", "code"),
    [
        ("open", "won", "", None),
        ("open", "lost", "", "reason_required"),
        ("open", "lost", "no_budget", None),
        ("won", "open", "", "reason_required"),
        ("won", "open", "cheque bounced", None),
        ("lost", "open", "", "reason_required"),
        ("won", "lost", "no_budget", "reopen_first"),
        ("lost", "won", "", "reopen_first"),
        ("won", "won", "", None),
        ("open", "paid", "", "unknown_status"),
    ],
)
def test_a_deal_moves_or_is_refused_with_its_code(status: str, to: str, reason: str, code: str | None) -> None:
    assert refusal_of_status(status, to, reason=reason) == code


@pytest.mark.parametrize(
    ("status", "to", "code"),
    [
        ("open", "open", None),
        ("open", "won", None),
        ("won", "won", "reopen_first"),
        ("lost", "lost", "reopen_first"),
        ("won", "open", None),
    ],
)
def test_a_closed_deal_keeps_its_amount_until_it_is_reopened(status: str, to: str, code: str | None) -> None:
    assert refusal_of_change(status, to) == code


@pytest.mark.parametrize(
    ("stage", "is_converted", "code"),
    [
        ("lead", False, None),
        ("sql", False, None),
        ("sql", True, "already_converted"),
        ("customer", True, "already_converted"),
        ("disqualified", False, "return_first"),
        ("deferred", False, "return_first"),
    ],
)
def test_a_lead_converts_once_and_only_while_it_is_in(stage: str, is_converted: bool, code: str | None) -> None:
    assert refusal_of_conversion(stage, is_converted=is_converted) == code


@given(others=st.lists(st.sampled_from(STATUSES), max_size=5), stage=st.sampled_from(STAGES))
def test_a_loss_refuses_the_lead_only_when_nothing_is_open_or_won(others: list[str], stage: str) -> None:
    after = stage_after_loss(others, stage=stage)
    assert (after == "disqualified") == (set(others) <= {"lost"} and stage != "disqualified")


@given(others=st.lists(st.sampled_from(STATUSES), max_size=5), stage=st.sampled_from(STAGES))
def test_reopening_brings_back_to_sql_unless_another_deal_is_won(others: list[str], stage: str) -> None:
    after = stage_after_reopening(others, stage=stage)
    if "won" in others or stage in ("sql", "customer"):
        assert after is None
    else:
        assert after == "sql"


def test_codes_are_either_wrong_input_or_a_conflict_and_never_both() -> None:
    assert not WRONG_INPUT & CONFLICTS


def test_the_first_pipeline_grows_surer_from_stage_to_stage() -> None:
    chances = [chance for *_, chance, _ in DEFAULT_STAGES]
    assert chances == sorted(chances)
