from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sarnakh.jobs.rules import LONGEST_DELAY, TokenBucket, grants, next_firing, refilled, retry_delay, spent

AT = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.integers(0, 10**9).map(lambda ms: AT + timedelta(milliseconds=ms))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_retry_waits_longer_each_time_and_an_hour_and_a_half_at_most(attempt: int, chance: float) -> None:
    assert 2.5 <= retry_delay(attempt, chance=chance) < LONGEST_DELAY * 1.5
    assert retry_delay(attempt + 1, chance=chance) >= retry_delay(attempt, chance=chance)


@given(moments, moments, st.floats(0.1, 100_000))
def test_a_schedule_fires_next_after_now_and_never_a_whole_round_late(
    first: datetime, at: datetime, every: float
) -> None:
    following = next_firing(first, every=every, at=max(first, at))
    assert max(first, at) < following <= max(first, at) + timedelta(seconds=every + 0.001)


def test_what_a_schedule_missed_is_not_caught_up() -> None:
    assert next_firing(AT, every=60, at=AT + timedelta(hours=5, seconds=10)) == AT + timedelta(hours=5, seconds=60)


@given(st.floats(1, 100), st.floats(0, 100), st.lists(moments, max_size=20))
def test_a_bucket_never_holds_more_than_it_can_nor_grants_what_it_has_not(
    capacity: float, per_second: float, times: list[datetime]
) -> None:
    bucket = TokenBucket(capacity, per_second, capacity, AT)
    total = 0
    for at in sorted(times):
        bucket = refilled(bucket, at=at)
        assert bucket.tokens <= capacity
        total += grants(bucket)
        bucket = spent(bucket, count=grants(bucket))
        assert bucket.tokens >= 0
    elapsed = (max(times, default=AT) - AT).total_seconds()
    assert total <= capacity + per_second * elapsed + 1e-6


def test_a_clock_that_goes_back_adds_nothing_and_costs_nothing() -> None:
    bucket = TokenBucket(10, 1, 3, AT)
    earlier = refilled(bucket, at=AT - timedelta(hours=1))
    assert earlier == bucket
    assert refilled(replace(earlier, tokens=0), at=AT + timedelta(seconds=4)).tokens == 4
