"""When it happened, by clocks that may be wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.track.rules.moments import BROWSER_PAST, happened_at, moment

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-03-01T08:30:00Z", AT),
        ("2026-03-01T08:30:00.000Z", AT),
        ("2026-03-01T12:00:00.000000+03:30", AT),
        ("2026-03-01T08:30:00", AT),
        (AT.timestamp() * 1000, AT),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (float("inf"), None),
        (10**30, None),
        ({"a": 1}, None),
    ],
)
def test_moments_are_read_in_the_forms_clients_send(value: object, read: datetime | None) -> None:
    assert moment(value) == read


@pytest.mark.parametrize("skew", [timedelta(hours=-5), timedelta(0), timedelta(days=400)])
def test_a_clock_that_is_wrong_by_any_amount_is_taken_out(skew: timedelta) -> None:
    said, sent = AT - timedelta(minutes=10) + skew, AT + skew
    at = happened_at(said.isoformat(), sent.isoformat(), received_at=AT, is_server=False)
    assert at == AT - timedelta(minutes=10)


def test_without_a_moment_it_happened_when_it_came() -> None:
    assert happened_at(None, "nonsense", received_at=AT, is_server=True) == AT


def test_a_browser_reaches_a_week_back_and_a_server_any_time() -> None:
    said = (AT - timedelta(days=60)).isoformat()
    assert happened_at(said, None, received_at=AT, is_server=False) == AT - BROWSER_PAST
    assert happened_at(said, None, received_at=AT, is_server=True) == AT - timedelta(days=60)


@given(
    said=st.none() | st.datetimes() | st.text(max_size=10),
    sent=st.none() | st.datetimes() | st.integers(),
    is_server=st.booleans(),
)
def test_nothing_happens_after_it_was_received(said: object, sent: object, is_server: bool) -> None:
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in (said, sent)]
    at = happened_at(*texts, received_at=AT, is_server=is_server)
    assert at.tzinfo is not None
    assert at <= AT
