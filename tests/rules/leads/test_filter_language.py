"""What a Filter may say, and what each leaf means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sarnakh.leads.filter.language import PROFILE_BARRED, Vocabulary, kinds_of
from sarnakh.leads.filter.pure import EventSeen, LeadState, holds, next_change
from sarnakh.leads.filter.reading import MOST_LEAVES, parse
from sarnakh.leads.props import FilterError, fold, parse_where, where_holds

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)  # 12:00 in Tehran
DAY = timedelta(days=1)
WORDS = Vocabulary(
    custom={"rank": "number", "renewal": "date", "vip": "yes_no", "plan": "choice", "note": "text"},
    segments={
        "tehran": {"field": "province", "op": "is", "value": "تهران"},
        "a": {"field": "segment", "op": "is", "value": "b"},
        "b": {"not": {"field": "segment", "op": "in", "value": ["tehran", "a"]}},
        "old": {"field": "custom.gone", "op": "is", "value": "x"},
    },
    events={"price_page_seen": 7, "page_viewed": 8},
)


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def says(raw: Any, *, at: datetime = NOW, events: tuple[EventSeen, ...] = (), **fields: Any) -> bool:
    state = LeadState(1, {name.replace("__", "."): value for name, value in fields.items()}, events)
    return holds(parse(raw, WORDS), state, at=at)


def seen(at: datetime, kind: int = 7, **props: Any) -> EventSeen:
    return EventSeen(kind, at, 0.0, "page_viewed", props)


@pytest.mark.parametrize(
    ("raw", "path", "code", "named"),
    [
        ([], "", "not_object", ""),
        ({"and": []}, "", "unknown_condition", ""),
        ({"all": [], "any": []}, "", "unknown_condition", ""),
        ({"any": []}, "any", "empty_group", ""),
        ({"all": {}}, "all", "not_list", ""),
        ({"all": [leaf("age", "is", 3)]}, "all[0].field", "unknown_field", "age"),
        (leaf("custom.gone", "is", 3), "field", "unknown_field", "custom.gone"),
        ({"not": {"any": [leaf("name", "like", "x")]}}, "not.any[0].op", "unknown_op", "like"),
        (leaf("score", "contains", "5"), "op", "unknown_op", "contains"),
        (leaf("score", "gt", "5"), "value", "wrong_value", ""),
        (leaf("score", "gt", True), "value", "wrong_value", ""),
        (leaf("score", "gt", float("nan")), "value", "wrong_value", ""),
        (leaf("score", "between", [5, 1]), "value", "wrong_order", ""),
        (leaf("score", "between", [1]), "value", "wrong_value", ""),
        (leaf("province", "is", ""), "value", "wrong_value", ""),
        (leaf("province", "in", []), "value", "wrong_value", ""),
        (leaf("province", "in", "تهران"), "value", "not_list", ""),
        (leaf("province", "in", ["تهران", 5]), "value[1]", "wrong_value", ""),
        (leaf("province", "empty", "x"), "value", "no_value", "empty"),
        (leaf("name", "contains", "\u200c"), "value", "wrong_value", ""),
        (leaf("stage", "is", "won"), "value", "wrong_value", "customer"),
        (leaf("owner", "is", 0), "value", "wrong_value", ""),
        (leaf("has_phone", "is", "yes"), "value", "wrong_value", ""),
        (leaf("created_at", "gt", "yesterday"), "value", "wrong_value", ""),
        (leaf("created_at", "is", "2026-11-21T10:00:00Z"), "value", "wrong_value", ""),
        (leaf("created_at", "within_days", 0), "value", "wrong_value", ""),
        (leaf("custom.renewal", "is", "2026-02-30"), "value", "wrong_value", ""),
        (leaf("custom.renewal", "within_days", 1.5), "value", "wrong_value", ""),
        (leaf("segment", "is", "nowhere"), "value", "unknown_segment", "nowhere"),
        (leaf("segment", "is", "a"), "value", "segment_cycle", "a → b → a"),
        (leaf("segment", "is", "old"), "value", "unknown_field", "custom.gone"),
        ({**leaf("name", "is", "x"), "values": []}, "values", "unknown_key", "values"),
        ({"event": "bought"}, "event", "unknown_event", "bought"),
        ({"event": "page_viewed", "count": {"min": 1}}, "count.min", "unknown_op", "min"),
        ({"event": "page_viewed", "count": 2}, "count", "wrong_value", ""),
        ({"event": "page_viewed", "count": {"gt": 3, "lt": 4}}, "count", "wrong_order", ""),
        ({"event": "page_viewed", "within_days": -1}, "within_days", "wrong_value", ""),
        ({"event": "page_viewed", "where": [{"prop": "plan", "op": "like"}]}, "where[0].op", "unknown_op", "like"),
        ({"event": "page_viewed", "where": [{"prop": '"', "op": "empty"}]}, "where[0].prop", "wrong_prop", ""),
        ({"event": "page_viewed", "where": [{"prop": "p", "value": "\x00"}]}, "where[0].value", "wrong_value", ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(raw: Any, path: str, code: str, named: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(raw, WORDS)
    assert (caught.value.path, caught.value.code) == (path, code)
    assert named in caught.value.message
    assert caught.value.text % caught.value.params == caught.value.message


def test_a_filter_is_at_most_8_deep_and_of_100_leaves() -> None:
    raw: Any = leaf("name", "not_empty")
    for _ in range(8):
        raw = {"not": raw}
    parse(raw, WORDS)
    with pytest.raises(FilterError, match="8 deep"):
        parse({"not": raw}, WORDS)
    parse({"all": [leaf("name", "not_empty")] * MOST_LEAVES}, WORDS)
    with pytest.raises(FilterError, match="100 conditions"):
        parse({"all": [leaf("name", "not_empty")] * (MOST_LEAVES + 1)}, WORDS)


def test_segments_in_segments_cannot_grow_without_end() -> None:
    many = {f"s{i}": {"any": [leaf("segment", "is", f"s{i + 1}")] * 9} for i in range(4)}
    words = Vocabulary(segments=many | {"s4": leaf("name", "not_empty")})
    with pytest.raises(FilterError) as caught:
        parse(leaf("segment", "is", "s0"), words)
    assert caught.value.code in ("too_large", "too_deep")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (leaf("score", "gt", 5), "score"),
        (leaf("stage", "is", "mql"), "stage"),
        (leaf("segment", "is", "tehran"), "segment"),
        (leaf("created_at", "within_days", 5), "relative_time"),
        ({"not": {"event": "page_viewed", "within_days": 5}}, "relative_time"),
    ],
)
def test_a_profile_rule_may_not_use_what_moves_by_itself(raw: Any, name: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(raw, WORDS, barred=PROFILE_BARRED)
    assert caught.value.code == "not_here"
    assert name in caught.value.message


def test_no_condition_is_everybody() -> None:
    assert says({})
    assert says({"all": []})
    assert not says({"not": {"all": []}})


@pytest.mark.parametrize("empty", [None, "", 5])
def test_an_empty_field_matches_only_empty_and_the_negative_ops(empty: Any) -> None:
    values = {"in": ["یزد"], "not_in": ["یزد"], "empty": None, "not_empty": None}
    for op in ("is", "is_not", "in", "not_in", "contains", "starts", "empty", "not_empty"):
        assert says(leaf("city", op, values.get(op, "یزد")), city=empty) == (op in ("is_not", "not_in", "empty"))


@pytest.mark.parametrize(
    ("op", "value", "stored", "answer"),
    [
        ("is", "كرج", "کرج", True),  # given text is cleaned as stored text was
        ("is", "Karaj", "karaj", False),
        ("contains", "KARAJ", "new karaj", True),
        ("contains", "علیرضا", "دکتر علی‌رضا", True),
        ("starts", "ناحيه ۱", "ناحیه 12", True),
        ("starts", "12", "ناحیه 12", False),
        ("contains", "%", "50", False),
    ],
)
def test_text_is_compared_exactly_by_is_and_folded_by_contains(op: str, value: str, stored: str, answer: bool) -> None:
    assert says(leaf("city", op, value), city=stored) == answer


def test_folding_twice_changes_nothing() -> None:
    assert fold(fold("ABC يكة ١۲ ‌ـ")) == fold("ABC يكة ١۲ ‌ـ") == "abc یکه 12 "


@pytest.mark.parametrize(
    ("op", "value", "at", "answer"),
    [
        ("is", "2026-11-21", "2026-11-20T20:30:00+00:00", True),  # midnight in Tehran
        ("is", "2026-11-21", "2026-11-20T20:29:59+00:00", False),
        ("gt", "2026-11-21", "2026-11-21T20:29:59+00:00", False),
        ("gt", "2026-11-21", "2026-11-21T20:30:00+00:00", True),
        ("lte", "2026-11-21", "2026-11-21T20:29:59+00:00", True),
        ("lt", "2026-11-21", "2026-11-20T20:30:00+00:00", False),
        ("between", ["2026-11-21", "2026-11-21"], "2026-11-21T20:00:00+00:00", True),
        ("between", ["2026-11-19", "2026-11-20"], "2026-11-21T20:00:00+00:00", False),
        ("gte", "2026-11-21T12:00:00+03:30", "2026-11-21T08:30:00+00:00", True),
        ("within_days", 1, "2026-11-20T08:30:00+00:00", False),
        ("within_days", 1, "2026-11-20T08:30:01+00:00", True),
        ("within_days", 1, "2026-11-21T08:30:01+00:00", False),  # not yet
        ("before_days", 1, "2026-11-20T08:30:00+00:00", True),
    ],
)
def test_a_day_is_the_whole_day_where_the_organisation_is(op: str, value: Any, at: str, answer: bool) -> None:
    assert says(leaf("stage_at", op, value), stage_at=datetime.fromisoformat(at)) == answer


def test_fields_of_days_count_in_days() -> None:
    within = leaf("custom.renewal", "within_days", 2)
    answers = [says(within, custom__renewal=f"2026-11-{day}") for day in (19, 20, 21, 22)]
    assert answers == [False, True, True, False]
    assert not says(leaf("custom.renewal", "gt", "2026-01-01"), custom__renewal="soon")


def test_an_event_is_counted_in_its_window_and_never_is_none() -> None:
    three = (seen(NOW - 8 * DAY), seen(NOW - 7 * DAY), seen(NOW - 6 * DAY), seen(NOW + DAY), seen(NOW, kind=8))
    assert says({"event": "price_page_seen"}, events=three)
    assert says({"event": "price_page_seen", "count": {"eq": 3}}, events=three)
    assert says({"event": "price_page_seen", "count": {"eq": 1}, "within_days": 7}, events=three)
    assert says({"event": "price_page_seen", "count": {"lte": 0}, "within_days": 5}, events=three)
    assert not says({"event": "price_page_seen", "count": {"lte": 0}}, events=three)
    assert says({"event": "price_page_seen", "count": {"gte": 2, "lt": 4}}, events=three)


@pytest.mark.parametrize(
    ("test", "props", "answer"),
    [
        ({"op": "is", "value": 5}, {"p": "5"}, True),
        ({"op": "is", "value": "5"}, {"p": 5.0}, True),
        ({"op": "is", "value": True}, {"p": "true"}, True),
        ({"op": "is", "value": 1}, {"p": True}, False),
        ({"value": "pro"}, {"p": "Pro"}, False),
        ({"op": "contains", "value": "PRO"}, {"p": "a pro"}, True),
        ({"op": "is_not", "value": "pro"}, {}, False),
        ({"op": "is_not", "value": "pro"}, {"p": None}, False),
        ({"op": "is_not", "value": "pro"}, {"p": []}, True),
        ({"op": "empty"}, {"p": ""}, True),
        ({"op": "empty"}, {"p": 0}, False),
        ({"op": "gte", "value": 5}, {"p": "6"}, False),
        ({"op": "between", "value": [5, 6]}, {"p": 5.5}, True),
    ],
)
def test_a_prop_that_is_missing_matches_only_empty(test: dict[str, Any], props: dict[str, Any], answer: bool) -> None:
    assert where_holds(parse_where([{"prop": "p"} | test]), props) == answer


def test_segments_are_expanded_in_place() -> None:
    assert says(leaf("segment", "is", "tehran"), province="تهران")
    assert says(leaf("segment", "is_not", "tehran"), province="یزد")
    assert kinds_of(parse({"any": [{"event": "page_viewed"}, leaf("segment", "is", "tehran")]}, WORDS)) == {8}


def test_the_next_change_is_when_an_event_leaves_its_window() -> None:
    state = LeadState(1, {"stage_at": NOW - 2 * DAY}, (seen(NOW - 6 * DAY),))
    raw = {"all": [{"event": "price_page_seen", "within_days": 7}, leaf("stage_at", "before_days", 10)]}
    assert next_change(parse(raw, WORDS), state, at=NOW) == NOW + DAY
    assert next_change(parse({"event": "price_page_seen"}, WORDS), state, at=NOW) is None
