"""Who may be written to, and what an unsubscribe takes back."""

from datetime import UTC, datetime, timedelta

import pytest

from sarnakh.nurture import rules
from sarnakh.nurture.rules import Permit

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(days=2), AT + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("purpose", "permits", "may"),
    [
        ("service", {}, True),
        ("service", {"service": Permit(True, AT)}, True),
        ("service", {"service": Permit(False, BEFORE)}, True),
        ("service", {"service": Permit(False, AFTER)}, False),
        ("service", {"marketing": Permit(False, AFTER)}, True),
        ("marketing", {}, False),
        ("marketing", {"service": Permit(True, AT)}, False),
        ("marketing", {"marketing": Permit(True, BEFORE)}, True),
        ("marketing", {"marketing": Permit(False, BEFORE)}, False),
    ],
)
def test_asking_us_is_consent_to_an_answer_and_marketing_needs_its_own(
    purpose: str, permits: dict[str, Permit], may: bool
) -> None:
    assert rules.may_send(purpose, asked_at=AT, permits=permits) is may


def test_who_wants_no_answers_wants_no_advertising() -> None:
    assert rules.taken_back_by("marketing") == ("marketing",)
    assert set(rules.taken_back_by("service")) == {"service", "marketing"}


def test_an_address_is_masked() -> None:
    assert rules.masked("sara.ahmadi@example.com") == "s…@example.com"
