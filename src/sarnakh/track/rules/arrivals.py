"""Where a visitor came from, and whether that is a new arrival.

A touch is an arrival: from a tagged link or another site, or by itself after half an hour of silence. Reloading a
tagged page is no second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

VISIT_ENDS_AFTER = timedelta(minutes=30)
_FIELDS = {"source": 120, "medium": 120, "campaign": 200, "term": 200, "content": 200}
_CLICK_IDS = {
    "gclid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "yclid": ("yandex", "cpc"),
    "msclkid": ("bing", "cpc"),
    "fbclid": ("facebook", "social"),
    "ttclid": ("tiktok", "cpc"),
}
_SEARCH = {
    "google": "google",
    "bing": "bing",
    "yandex": "yandex",
    "duckduckgo": "duckduckgo",
    "yahoo": "yahoo",
    "ecosia": "ecosia",
    "zarebin": "zarebin",
    "gerdoo": "gerdoo",
    "parsijoo": "parsijoo",
}
_SOCIAL = {
    "instagram": "instagram",
    "facebook": "facebook",
    "fb": "facebook",
    "t": "telegram",  # t.me; t.co is below
    "telegram": "telegram",
    "linkedin": "linkedin",
    "lnkd": "linkedin",
    "twitter": "twitter",
    "x": "twitter",
    "youtube": "youtube",
    "whatsapp": "whatsapp",
    "pinterest": "pinterest",
    "aparat": "aparat",
    "virasty": "virasty",
    "eitaa": "eitaa",
    "bale": "bale",
    "ble": "bale",
    "rubika": "rubika",
}
_SECOND_LEVEL = frozenset(("co", "com", "ac", "gov", "net", "org", "edu"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where someone came from; all empty: directly."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""

    @property
    def is_direct(self) -> bool:
        return not (self.source or self.medium or self.campaign)


DIRECT = Arrival()


@dataclass(frozen=True, slots=True)
class Hit:
    """A page view of one visitor, with where it says they came from."""

    at: datetime
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Trail:
    """What is known of a visitor's comings: when last seen, the first touch, the last that was not direct."""

    seen_at: datetime | None = None
    first_at: datetime | None = None
    first: Arrival = DIRECT
    last_at: datetime | None = None
    last: Arrival = DIRECT


def arrival_of(url: str, referrer: str, campaign: object, search: str = "") -> Arrival:
    """Where a page view came from: its campaign, its utm or click parameters, else the site it was linked on.

    `url` is the page as it was called, before anything personal was taken out of it.
    """
    query = _query(url) | _query(search)
    given = campaign if isinstance(campaign, Mapping) else {}
    told = {
        name: _text(given.get("name" if name == "campaign" else name) or query.get(f"utm_{name}"), most)
        for name, most in _FIELDS.items()
    }
    if told["source"] or told["campaign"] or told["medium"]:
        return Arrival(**told)
    for name, (source, medium) in _CLICK_IDS.items():
        if query.get(name):
            return Arrival(source, medium)
    return _referral(_host(referrer), _host(url))


def _referral(host: str, own: str) -> Arrival:
    if not host or host == own or _site(host) == _site(own):
        return DIRECT
    name = _site(host).partition(".")[0]
    if host == "t.co":
        return Arrival("twitter", "social")
    if name in _SEARCH and not host.startswith(("mail.", "docs.", "drive.")):
        return Arrival(_SEARCH[name], "organic")
    if name in _SOCIAL:
        return Arrival(_SOCIAL[name], "social")
    return Arrival(host[:120], "referral")


def walk(trail: Trail, hits: Iterable[Hit]) -> tuple[Trail, list[Hit]]:
    """Follow a visitor through these page views in order of time; the new trail, and those that were touches."""
    touches = []
    for hit in sorted(hits, key=lambda each: each.at):
        is_new_visit = trail.seen_at is None or hit.at - trail.seen_at > VISIT_ENDS_AFTER
        is_touch = is_new_visit if hit.arrival.is_direct else not _is_repeat(trail, hit)
        if is_touch:
            touches.append(hit)
            trail = _with_touch(trail, hit)
        trail = replace(trail, seen_at=max(trail.seen_at or hit.at, hit.at))
    return trail, touches


def _is_repeat(trail: Trail, hit: Hit) -> bool:
    """The same tagged page again within the visit."""
    return (
        trail.last == hit.arrival
        and trail.last_at is not None
        and trail.seen_at is not None
        and hit.at - trail.seen_at <= VISIT_ENDS_AFTER
    )


def _with_touch(trail: Trail, hit: Hit) -> Trail:
    if trail.first_at is None or hit.at < trail.first_at:
        trail = replace(trail, first_at=hit.at, first=hit.arrival)
    if not hit.arrival.is_direct and (trail.last_at is None or hit.at >= trail.last_at):
        trail = replace(trail, last_at=hit.at, last=hit.arrival)
    return trail


def _query(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(text[:4000]).query, max_num_fields=60))
    except ValueError:
        return {}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""


def _site(host: str) -> str:
    """example.co.uk of shop.example.co.uk: near enough to tell our own pages from others'."""
    labels = host.split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def _text(value: object, most: int) -> str:
    return " ".join(value.split())[:most] if isinstance(value, str) else ""
