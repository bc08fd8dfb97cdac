"""What of an event may stand in the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarnakh.track.rules.props import MOST_PROPS, clean_url, is_personal, kept_props, page_props


def test_scalars_stay_and_the_rest_goes() -> None:
    assert kept_props({"plan": "pro", "seats": 5, "trial": False, "tags": ["a"], "who": {"a": 1}, "none": None}) == {
        "plan": "pro",
        "seats": 5,
        "trial": False,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "x"),
        ("Email Address", "x"),
        ("first_name", "سارا"),
        ("phoneNumber", 9121234567),
        ("note", "sara@example.com"),
        ("note", "call sara@example.com please"),
        ("note", "۰۹۱۲۱۲۳۴۵۶۷"),
        ("note", "+98 912 123 4567"),
        ("nationalCode", "0012345679"),
    ],
)
def test_what_tells_who_someone_is_does_not_stay(name: str, value: object) -> None:
    assert is_personal(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("plan", "pro"), ("order_id", "1402-778"), ("price", 4500000), ("city", "تهران"), ("sku", "A@B")],
)
def test_what_tells_what_happened_stays(name: str, value: object) -> None:
    assert not is_personal(name, value)


@given(
    st.dictionaries(st.text(max_size=80), st.text(max_size=700) | st.integers() | st.lists(st.integers()), max_size=60)
)
def test_kept_props_are_few_and_short(properties: dict[str, object]) -> None:
    kept = kept_props(properties)
    assert len(kept) <= MOST_PROPS
    assert all((len(name) <= 60 and len(str(value)) <= 500) or isinstance(value, int) for name, value in kept.items())


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/p?utm_source=x&email=s%40b.example#frag", "https://a.example/p?utm_source=x"),
        ("https://a.example/p?q=sara@b.example", "https://a.example/p"),
        ("https://user:pass@a.example/p", "https://a.example/p"),
        ("https://a.example/u/sara@b.example", "https://a.example"),
        ("https://a.example/قیمت?plan=pro", "https://a.example/قیمت?plan=pro"),
        ("http://[broken", ""),
        ("", ""),
        (None, ""),
        (5, ""),
    ],
)
def test_addresses_lose_what_is_personal(url: object, kept: str) -> None:
    assert clean_url(url) == kept


def test_a_page_takes_what_its_call_left_out_from_the_context() -> None:
    page = {"url": "https://a.example/price?x=1", "path": "/price", "title": "قیمت", "referrer": "https://g.example/"}
    assert page_props({}, page) == page | {}
    assert page_props({"title": "B", "plan": "pro"}, page) == {**page, "title": "B", "plan": "pro"}
    assert page_props(None, None) == {"url": "", "path": "", "title": "", "referrer": ""}
