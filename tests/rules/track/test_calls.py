"""Calls in Segment's shapes: which are kept, and what they said."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.track.rules.calls import capture_body, reading, shaped, writable

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
TRACK = {"type": "track", "anonymousId": "a1", "event": "Price Seen", "messageId": "m1"}


def read(call: dict[str, Any], *, is_server: bool = False) -> Any:
    one = shaped(call, None, is_server=is_server)
    assert not one.error
    return reading(one.body, source=3, received_at=AT, is_server=is_server)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("text", "not an object"),
        (None, "not an object"),
        ({"type": "dance", "anonymousId": "a"}, "unknown type"),
        ({"anonymousId": "a"}, "unknown type"),
        ({"type": "track", "event": "x", "anonymousId": None, "userId": None}, "no_user_anon_id"),
        ({"type": "track", "event": "x", "anonymousId": "", "userId": True}, "no_user_anon_id"),
        ({"type": "track", "anonymousId": "a"}, "without an event"),
        ({"type": "track", "anonymousId": "a", "event": " "}, "without an event"),
        ({"type": "page", "anonymousId": "a", "properties": {"x": "y" * 40_000}}, "32 kB"),
    ],
)
def test_what_is_no_call_is_kept_with_the_reason(call: object, error: str) -> None:
    assert error in shaped(call, None, is_server=False).error


def test_the_path_names_the_type() -> None:
    assert shaped({"userId": 7}, "identify", is_server=True).body == {"type": "identify", "userId": "7"}


def test_numbers_are_ids_and_long_ids_become_their_digest() -> None:
    one = shaped({**TRACK, "anonymousId": 12, "messageId": "m" * 300}, None, is_server=False)
    assert one.body["anonymousId"] == "12"
    assert len(one.message_id) == 64


def test_a_browsers_traits_are_not_even_kept() -> None:
    call = {"type": "identify", "anonymousId": "a", "traits": {"email": "sara@example.com"}}
    assert "sara" not in str(shaped(call, None, is_server=False).body)
    assert shaped(call, None, is_server=True).body["traits"] == {"email": "sara@example.com"}


def test_a_track_becomes_tracked_with_its_scalars() -> None:
    said = read({**TRACK, "properties": {"plan": "pro", "event": "y", "email": "s@b.example", "value": 3}})
    assert (said.name, said.visitor, said.value) == ("tracked", "a1", 3.0)
    assert said.props == {"event": "Price Seen", "plan": "pro", "value": 3}


def test_a_page_becomes_page_viewed_with_where_it_came_from() -> None:
    page = {"url": "https://a.example/p?gclid=1", "path": "/p", "title": "P", "referrer": "", "search": "?gclid=1"}
    said = read({"type": "page", "anonymousId": "a1", "context": {"page": page}, "name": None})
    assert said.name == "page_viewed"
    assert said.props["path"] == "/p"
    assert said.arrival.source == "google"


def test_a_screen_as_the_python_client_sends_it_is_a_page() -> None:
    said = read({"type": "screen", "userId": "u", "anonymousId": None, "name": None, "category": "S"})
    assert (said.name, said.props["title"]) == ("page_viewed", "S")


def test_users_of_a_browser_and_of_a_server_are_never_the_same_visitor() -> None:
    call = {"type": "track", "userId": "42", "event": "x"}
    browser, server = read(call), read(call, is_server=True)
    assert browser.visitor != server.visitor
    assert (browser.user_id, server.user_id) == ("", "3:42")


@pytest.mark.parametrize("type_", ["group", "alias"])
def test_group_and_alias_say_only_who_is_there(type_: str) -> None:
    assert read({"type": type_, "userId": "u1", "previousId": "u1"}).name == ""


def test_traits_become_a_capture_when_they_hold_a_way_to_reach_someone() -> None:
    traits = {
        "firstName": "سارا",
        "lastName": "احمدی",
        "email": "sara@example.com",
        "phone": 9121234567,
        "company": {"name": "آسمان"},
        "address": {"city": "شیراز"},
        "plan": "pro",
    }
    assert capture_body(traits, "3:42") == {
        "name": "سارا احمدی",
        "emails": ["sara@example.com"],
        "phones": ["9121234567"],
        "company": "آسمان",
        "city": "شیراز",
        "user_id": "3:42",
    }
    assert capture_body({"name": "سارا"}, "3:42") == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
NAMES = ["type", "anonymousId", "userId", "event", "name", "properties", "context", "traits", "timestamp", "sentAt"]


@given(
    call=st.dictionaries(st.sampled_from(NAMES), JSON),
    type_=st.sampled_from(["track", "page", "screen", "identify", "group", "alias"]),
    is_server=st.booleans(),
)
def test_whatever_comes_is_kept_or_refused_and_never_breaks(call: dict[str, Any], type_: str, is_server: bool) -> None:
    one = shaped(writable({**call, "anonymousId": "a", "event": "e"}), type_, is_server=is_server)
    assert not one.error
    said = reading(one.body, source=1, received_at=AT, is_server=is_server)
    assert said.at <= AT
    capture_body(said.traits, said.user_id)


@given(JSON)
def test_what_is_writable_holds_nothing_that_a_database_refuses(value: object) -> None:
    text = json.dumps(writable(value), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()


def test_what_lies_too_deep_is_cut_off() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    assert "x" not in str(writable(deep))
