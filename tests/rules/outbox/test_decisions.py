"""What a refusal means, who may not be written to, when to try again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.outbox import rules
from sarnakh.outbox.rules import Ending


@pytest.mark.parametrize(
    ("codes", "attempts", "ending"),
    [
        ((550,), 1, Ending.FAILED),
        ((552, 550), 1, Ending.FAILED),
        ((451,), 1, Ending.RETRY),
        ((421,), 1, Ending.RETRY),
        ((550, 451), 1, Ending.RETRY),
        ((), 1, Ending.RETRY),
        ((), rules.MAX_ATTEMPTS, Ending.FAILED),
        ((451,), rules.MAX_ATTEMPTS, Ending.FAILED),
    ],
)
def test_only_5xx_is_permanent_and_all_else_is_tried_until_the_attempts_end(
    codes: tuple[int, ...], attempts: int, ending: Ending
) -> None:
    assert rules.ending_of(codes, attempts) is ending


@pytest.mark.parametrize(
    ("purpose", "suppressions", "reason"),
    [
        ("marketing", {}, ""),
        ("marketing", {"marketing": "unsubscribed"}, "unsubscribed"),
        ("service", {"marketing": "unsubscribed"}, ""),
        ("service", {"all": "bounced"}, "bounced"),
        ("marketing", {"all": "bounced", "marketing": "unsubscribed"}, "bounced"),
    ],
)
def test_a_suppression_holds_for_its_purpose_and_all_holds_for_everything(
    purpose: str, suppressions: dict[str, str], reason: str
) -> None:
    assert rules.blocking_reason(purpose, suppressions) == reason


@given(attempts=st.integers(1, 40), key=st.text(max_size=20))
def test_the_wait_grows_to_eight_hours_and_is_fixed_by_the_key(attempts: int, key: str) -> None:
    wait = rules.retry_after(attempts, key)
    assert timedelta(minutes=1) <= wait <= timedelta(hours=8) * 1.2
    assert wait == rules.retry_after(attempts, key)
    if attempts < 8:
        assert rules.retry_after(attempts + 1, key) > wait


@given(st.text())
def test_no_text_can_begin_another_header(text: str) -> None:
    assert not set(rules.one_line(text)) & set("\r\n\x00")


def test_a_message_id_is_a_function_of_the_key() -> None:
    assert rules.message_id("welcome:demo:7", "example.com") == rules.message_id("welcome:demo:7", "example.com")
    assert rules.message_id("welcome:demo:7", "example.com") != rules.message_id("welcome:demo:8", "example.com")
    assert rules.message_id("a", "example.com").endswith("@example.com>")


def test_addresses_are_compared_without_case_and_spaces() -> None:
    assert rules.address_key("email", " Sara@Example.COM ") == "sara@example.com"
    assert rules.address_key("sms", " +989120000000 ") == "+989120000000"
