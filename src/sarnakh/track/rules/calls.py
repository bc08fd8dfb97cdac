"""Calls in Segment's shapes: which can be kept, and what a kept one said.

Refuses, call by call: what is no object, has an unknown type, names nobody, is a track without an event, or is longer
than 32 kB. A browser's word about who someone is counts for nothing: its traits are not even kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sarnakh.track.rules.arrivals import Arrival, arrival_of
from sarnakh.track.rules.moments import happened_at
from sarnakh.track.rules.props import kept_props, page_props

TYPES = frozenset(("track", "page", "screen", "identify", "group", "alias"))
SHORT = {"t": "track", "p": "page", "s": "screen", "i": "identify", "g": "group", "a": "alias"}
LONGEST_CALL = 32 * 1024  # bytes
LONGEST_KEY = 100
_DEEPEST = 12
# PostgreSQL refuses NUL in text, and UTF-8 has no lone surrogates; both come over the wire as \u escapes.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_KEPT_CONTEXT = ("page", "campaign")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A call ready for the inbox; `error`: kept with the reason, not worked on. `message_id` "": it had none."""

    message_id: str
    body: Mapping[str, Any]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a call said. `name` is that of the fact, "" for a call that only says who is there."""

    name: str
    at: datetime
    visitor: str
    user_id: str
    props: Mapping[str, Any] = field(default_factory=dict)
    value: float | None = None
    arrival: Arrival | None = None  # of a page view
    traits: Mapping[str, Any] = field(default_factory=dict)


def writable(value: Any, depth: int = 0) -> Any:
    """The JSON value with nothing in it that a database refuses: no NUL, no lone surrogate, no NaN, not too deep."""
    match value:
        case str():
            return _UNWRITABLE.sub("", value)
        case bool() | None:
            return value
        case int():
            return value if -(2**63) <= value < 2**63 else str(value)[:40]
        case float():
            return value if math.isfinite(value) else None
        case dict() if depth < _DEEPEST:
            return {_UNWRITABLE.sub("", str(name)): writable(each, depth + 1) for name, each in value.items()}
        case list() if depth < _DEEPEST:
            return [writable(each, depth + 1) for each in value]
    return None


def shaped(call: object, kind: str | None, *, is_server: bool) -> Shaped:
    """Check one call, already `writable`; `kind` is given by the path, else the call names its type."""
    if not isinstance(call, Mapping):
        return Shaped("", {}, "not an object")
    message_id = _key(call.get("messageId"))
    type_ = kind or call.get("type")
    if len(json.dumps(call, ensure_ascii=False).encode()) > LONGEST_CALL:
        return Shaped(message_id, {"type": str(type_)[:20]}, "longer than 32 kB")
    body = {
        "type": type_,
        "anonymousId": _key(call.get("anonymousId")),
        "userId": _key(call.get("userId")),
        "event": call.get("event"),
        "name": call.get("name") or call.get("category"),
        "properties": call.get("properties"),
        "timestamp": call.get("timestamp") or call.get("originalTimestamp"),
        "sentAt": call.get("sentAt"),
        "context": _kept_context(call.get("context")),
    }
    if is_server and type_ == "identify":
        body["traits"] = call.get("traits")
    return Shaped(message_id, {name: value for name, value in body.items() if value}, _problem(body))


def _problem(body: Mapping[str, Any]) -> str:
    if body["type"] not in TYPES:
        return f"unknown type: {str(body['type'])[:40]}"
    if not body["anonymousId"] and not body["userId"]:
        return "no_user_anon_id: neither userId nor anonymousId"
    if body["type"] == "track" and not (isinstance(body["event"], str) and body["event"].strip()):
        return "track without an event"
    return ""


def reading(body: Mapping[str, Any], *, source: int, received_at: datetime, is_server: bool) -> Reading:
    """What a call of the inbox said; `source` sets the user ids of one site apart from another's."""
    at = happened_at(body.get("timestamp"), body.get("sentAt"), received_at=received_at, is_server=is_server)
    user_id = f"{source}:{body['userId']}" if is_server and body.get("userId") else ""
    visitor = body.get("anonymousId") or visitor_of_user(source, body["userId"], is_server=is_server)
    properties, context = body.get("properties"), body.get("context") or {}
    match body["type"]:
        case "page" | "screen":
            given = {"name": body.get("name"), **(properties if isinstance(properties, Mapping) else {})}
            props = page_props(given, context.get("page"))
            return Reading("page_viewed", at, visitor, user_id, props=props, arrival=_arrival(given, context))
        case "track":
            props = {**kept_props(properties), "event": " ".join(str(body["event"]).split())[:200]}
            return Reading("tracked", at, visitor, user_id, props=props, value=_value(properties))
        case "identify":
            traits = body.get("traits")
            return Reading("", at, visitor, user_id, traits=traits if isinstance(traits, Mapping) else {})
    return Reading("", at, visitor, user_id)


def visitor_of_user(source: int, user_id: str, *, is_server: bool) -> str:
    """The key of the device that stands for a user whom a call names without naming a device.

    Servers and browsers have keys of their own: whoever reads the public key off a page must not write to a customer.
    """
    return _key(f"{'user' if is_server else 'guest'}:{source}:{user_id}")


def capture_body(traits: Mapping[str, Any], user_id: str) -> dict[str, Any]:
    """Segment's traits in the shape of POST /leads; empty when they hold no way to reach the person."""
    emails = _all(traits, "email")
    phones = _all(traits, "phone", "mobile")
    if not emails and not phones:
        return {}
    first, last = (_first(traits, *names) for names in (("firstName", "first_name"), ("lastName", "last_name")))
    company, address = traits.get("company"), traits.get("address")
    body = {
        "name": _first(traits, "name") or f"{first} {last}".strip(),
        "emails": emails,
        "phones": phones,
        "company": _first(company, "name") if isinstance(company, Mapping) else _first(traits, "company"),
        "job_title": _first(traits, "title", "job_title", "position"),
        "city": _first(traits, "city") or (_first(address, "city") if isinstance(address, Mapping) else ""),
        "province": _first(traits, "province", "state")
        or (_first(address, "state") if isinstance(address, Mapping) else ""),
        "user_id": user_id,
    }
    return {name: value for name, value in body.items() if value}


def _arrival(given: Mapping[str, Any], context: Mapping[str, Any]) -> Arrival:
    page = context.get("page") or {}
    found = (given.get(name) or page.get(name) for name in ("url", "referrer", "search"))
    url, referrer, search = (value if isinstance(value, str) else "" for value in found)
    return arrival_of(url, referrer, context.get("campaign"), search)


def _kept_context(context: object) -> dict[str, Any]:
    if not isinstance(context, Mapping):
        return {}
    return {name: context[name] for name in _KEPT_CONTEXT if isinstance(context.get(name), Mapping)}


def _key(value: object) -> str:
    """An id as text of at most 100 characters; numbers are ids too, as some clients send them."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()
    return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode()).hexdigest()


def _value(properties: object) -> float | None:
    given = properties if isinstance(properties, Mapping) else {}
    for name in ("value", "revenue"):
        if isinstance(given.get(name), int | float) and not isinstance(given[name], bool):
            return float(given[name])
    return None


def _all(traits: Mapping[str, Any], *names: str) -> list[str]:
    texts = [str(traits[name]).strip() for name in names if isinstance(traits.get(name), str | int)]
    return [text for text in dict.fromkeys(texts) if text]


def _first(traits: Mapping[str, Any], *names: str) -> str:
    return next((traits[name].strip()[:200] for name in names if isinstance(traits.get(name), str)), "")
