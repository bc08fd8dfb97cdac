"""Where a visitor came from, and when that is a touch."""

from datetime import UTC, datetime, timedelta

import pytest

from sarnakh.track.rules.arrivals import DIRECT, Arrival, Hit, Trail, arrival_of, walk

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
HOME = "https://shop.example.ir/"
ADS = Arrival("google", "cpc", "bahar")


@pytest.mark.parametrize(
    ("url", "referrer", "arrival"),
    [
        (f"{HOME}?utm_source=google&utm_medium=cpc&utm_campaign=bahar", "https://www.google.com/", ADS),
        (f"{HOME}?utm_source=telegram&utm_term=a&utm_content=b", "", Arrival("telegram", "", "", "a", "b")),
        (f"{HOME}?gclid=1", "", Arrival("google", "cpc")),
        (f"{HOME}?yclid=1", "https://yandex.ru/", Arrival("yandex", "cpc")),
        (HOME, "https://www.google.com/", Arrival("google", "organic")),
        (HOME, "https://www.google.co.uk/search?q=x", Arrival("google", "organic")),
        (HOME, "https://l.instagram.com/?u=x", Arrival("instagram", "social")),
        (HOME, "https://t.me/kanal", Arrival("telegram", "social")),
        (HOME, "https://t.co/abc", Arrival("twitter", "social")),
        (HOME, "https://blog.news.example/post", Arrival("blog.news.example", "referral")),
        (HOME, "https://www.example.ir/other", DIRECT),
        (HOME, "", DIRECT),
        ("nonsense", "http://[broken", DIRECT),
    ],
)
def test_an_arrival_is_told_by_tags_first_then_click_ids_then_the_site_before(
    url: str, referrer: str, arrival: Arrival
) -> None:
    assert arrival_of(url, referrer, None) == arrival


def test_the_campaign_of_the_context_goes_before_the_address() -> None:
    given = {"source": "sms", "medium": "text", "name": "yalda"}
    assert arrival_of(f"{HOME}?utm_source=google", "", given) == Arrival("sms", "text", "yalda")
    assert arrival_of(HOME, "", {"name": 5}) == DIRECT
    assert arrival_of(HOME, "", None, "?utm_source=google&utm_medium=cpc&utm_campaign=bahar") == ADS


def hit(minutes: float, arrival: Arrival = DIRECT) -> Hit:
    return Hit(AT + timedelta(minutes=minutes), arrival)


def test_coming_directly_is_a_touch_once_a_visit() -> None:
    trail, touches = walk(Trail(), [hit(0), hit(5), hit(40), hit(60)])
    assert [touch.at for touch in touches] == [AT, AT + timedelta(minutes=40)]
    assert (trail.first_at, trail.first, trail.last_at) == (AT, DIRECT, None)


def test_reloading_a_tagged_page_is_no_second_touch_and_coming_again_is() -> None:
    _, touches = walk(Trail(), [hit(0, ADS), hit(1, ADS), hit(2), hit(60 * 24, ADS)])
    assert [touch.at for touch in touches] == [AT, AT + timedelta(days=1)]


def test_another_campaign_within_the_visit_is_a_touch() -> None:
    other = Arrival("telegram", "social")
    trail, touches = walk(Trail(), [hit(0, ADS), hit(3, other)])
    assert [touch.arrival for touch in touches] == [ADS, other]
    assert (trail.first, trail.last) == (ADS, other)


def test_the_last_touch_is_the_last_that_was_not_direct() -> None:
    trail, _ = walk(Trail(), [hit(0, ADS), hit(60 * 24 * 3)])
    assert (trail.last, trail.last_at) == (ADS, AT)


def test_following_in_two_batches_is_following_in_one() -> None:
    hits = [hit(0, ADS), hit(1, ADS), hit(50), hit(51), hit(200, ADS)]
    whole, touches = walk(Trail(), hits)
    for cut in range(len(hits)):
        trail, before = walk(Trail(), hits[:cut])
        trail, after = walk(trail, hits[cut:])
        assert (trail, before + after) == (whole, touches)
