"""The arithmetic of the reports."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import figures
from sarnakh.learn import rules

WON = datetime(2026, 5, 1, 12, tzinfo=UTC)
touches = st.lists(
    st.tuples(st.integers(-2 * 24, 100 * 24), st.sampled_from(("google", "instagram", "sms", "direct"))),
    max_size=8,
    unique_by=lambda touch: touch[0],
)


def arrivals_of(made: list[tuple[int, str]]) -> list[rules.Arrival]:
    return [rules.Arrival(WON - timedelta(hours=hours), source, is_direct=source == "direct") for hours, source in made]


def earned(model: str, made: list[tuple[int, str]], amount: int) -> dict[str, int]:
    total: Counter[str] = Counter()
    for arrival, part in rules.attribute(model, arrivals_of(made), won_at=WON, amount=amount):
        total[arrival.source if arrival else "unknown"] += part
    return dict(total)


@given(made=touches, amount=st.integers(0, 10**12), model=st.sampled_from(rules.MODELS))
def test_shares_of_a_deal_are_what_the_oracle_counts_and_add_up(
    made: list[tuple[int, str]], amount: int, model: str
) -> None:
    plain = [(arrival.at, arrival.source) for arrival in arrivals_of(made)]
    shares = earned(model, made, amount)
    assert shares == figures.attribution(model, plain, WON, amount)
    assert sum(shares.values()) == amount


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        ("first", [100, 0, 0, 0]),
        ("last", [0, 0, 0, 100]),
        ("last_non_direct", [0, 0, 100, 0]),
        ("linear", [25, 25, 25, 25]),
        ("position", [40, 10, 10, 40]),
    ],
)
def test_each_model_shares_four_touches_its_own_way(model: str, parts: list[int]) -> None:
    made = [(96, "google"), (72, "instagram"), (48, "sms"), (24, "direct")]
    assert [part for _, part in rules.attribute(model, arrivals_of(made), won_at=WON, amount=100)] == parts


def test_a_touch_one_half_life_older_earns_half() -> None:
    made = [(7 * 24 + 1, "google"), (1, "sms")]
    assert earned("time_decay", made, 300) == {"google": 100, "sms": 200}


def test_what_cannot_be_halved_goes_to_the_earlier_touch() -> None:
    assert earned("position", [(2, "google"), (1, "sms")], 101) == {"google": 51, "sms": 50}


def test_touches_after_the_win_and_older_than_ninety_days_earn_nothing() -> None:
    assert earned("linear", [(-1, "google"), (90 * 24 + 1, "sms")], 7) == {"unknown": 7}
    assert earned("linear", [(0, "google"), (90 * 24, "sms")], 8) == {"google": 4, "sms": 4}


def test_who_only_came_directly_is_direct() -> None:
    assert all(earned(model, [(5, "direct")], 9) == {"direct": 9} for model in rules.MODELS)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match="magic"):
        rules.attribute("magic", arrivals_of([(1, "google")]), won_at=WON, amount=1)


def test_a_ratio_over_nothing_is_none_and_never_zero() -> None:
    assert rules.ratio(5, 0) is None
    assert rules.ratio(None, 5) is None
    assert rules.ratio(5, None) is None
    assert rules.ratio(0, 4) == 0


@given(values=st.lists(st.integers(0, 10**7)), share=st.sampled_from((0.5, 0.9)))
def test_percentiles_are_what_the_oracle_counts(values: list[int], share: float) -> None:
    assert rules.percentile(values, share) == figures.percentile(values, share)


def test_the_median_of_two_lies_halfway() -> None:
    assert rules.median([10, 20]) == 15
    assert rules.median([]) is None


def test_a_period_is_cut_at_the_midnights_of_the_organisation() -> None:
    days = rules.period_of(date(2026, 3, 21), date(2026, 3, 22), ZoneInfo("Asia/Tehran"))
    assert days.since == datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
    assert days.until == datetime(2026, 3, 21, 20, 30, tzinfo=UTC)


def test_the_period_before_is_as_long_and_ends_where_this_one_starts() -> None:
    tehran = ZoneInfo("Asia/Tehran")
    before = rules.period_before(rules.period_of(date(2026, 3, 8), date(2026, 3, 15), tehran), tehran)
    assert (before.start, before.end) == (date(2026, 3, 1), date(2026, 3, 8))


def test_shares_are_compared_name_by_name() -> None:
    compared = rules.compare({"dear": 3, "late": 1}, {"dear": 1, "rude": 1})
    assert compared["dear"] == rules.Share(3, 0.75, 1, 0.5, 0.25)
    assert compared["rude"] == rules.Share(0, 0.0, 1, 0.5, -0.5)
    assert rules.compare({"dear": 1}, {})["dear"].change is None


def test_of_several_refusals_the_last_one_counts() -> None:
    late, early = WON, WON - timedelta(days=1)
    assert rules.last_refusals([(late, 1, 7, "dear"), (early, 2, 7, "rude")]) == {7: "dear"}
    assert rules.last_refusals([(late, 2, 7, "dear"), (late, 1, 7, "rude")]) == {7: "dear"}


def hours(count: float) -> datetime:
    return WON + timedelta(hours=count)


def test_the_first_call_after_the_hand_off_answers_it() -> None:
    found = rules.answers(
        [rules.HandOff(hours(0), 1, 5)], [hours(3), hours(1), hours(-1)], since=WON, until=hours(24), as_of=hours(9)
    )
    assert found == {5: (hours(0), hours(1))}


def test_a_lead_that_went_on_to_another_is_theirs_to_answer() -> None:
    gives = [rules.HandOff(hours(0), 1, 5), rules.HandOff(hours(2), 2, 6)]
    found = rules.answers(gives, [hours(3)], since=WON, until=hours(24), as_of=hours(9))
    assert found == {5: (hours(0), None), 6: (hours(2), hours(3))}


def test_hand_offs_outside_the_period_and_calls_after_the_as_of_moment_do_not_count() -> None:
    gives = [rules.HandOff(hours(-1), 1, 5), rules.HandOff(hours(1), 2, 6)]
    found = rules.answers(gives, [hours(3)], since=WON, until=hours(24), as_of=hours(2))
    assert found == {6: (hours(1), None)}
