"""What a capture must be to be accepted, and what it says once it is read.

Refuses: a capture without any way to reach the person, a phone or e-mail that is none, unknown fields, wrong types,
moments in the future. Every problem is found at once, each with the field it is in. Matching is in `leads.matching`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sarnakh.kit.emails import EmailError, parse_email
from sarnakh.kit.national import IdNumberError, parse_national_id
from sarnakh.kit.phones import PhoneError, area_code, parse_phone
from sarnakh.kit.text import clean, clean_line

TEXT_FIELDS = {"name": 200, "company": 200, "job_title": 120, "province": 80, "city": 80}
ORIGIN_FIELDS = {"source": 120, "medium": 120, "campaign": 200, "term": 200, "content": 200}
DIRECTIONS = ("inbound", "outbound")
PURPOSES = ("service", "marketing")
CHANNELS = ("email", "sms", "call")
MOST_KEYS = 10
MOST_CONSENTS = 20
CLOCK_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (`phones[0]`), what (`too_short`), and the numbers its sentence needs."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class CaptureRefused(Exception):
    """The capture cannot be accepted; `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class CustomKind:
    """A custom field as a capture may fill it."""

    type: str  # text, number, choice, date, yes_no
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What this organisation knows: its own fields."""

    custom: Mapping[str, CustomKind] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A capture that can be accepted. `keys` are (kind, value, is_exclusive) in the order given."""

    keys: tuple[tuple[str, str, bool], ...]
    fields: Mapping[str, Any]
    origin: Mapping[str, str]
    direction: str
    consents: tuple[tuple[str, str, bool, str], ...]  # purpose, channel, is_granted, words
    product: str
    at: datetime | None


def checked(body: Mapping[str, Any], *, known: Known, now: datetime) -> Checked:
    """Read a capture (the shape of POST /leads). Raises CaptureRefused with every problem found."""
    problems: list[Problem] = []
    fields = _card_fields(body, problems)
    keys = _keys(body, problems, province=str(fields.get("province") or ""))
    fields |= _custom(body.get("custom"), known, problems)
    for name in set(body) - _KNOWN:
        problems.append(Problem(name, "unknown_field"))
    origin = {name: _line(body, name, most, problems) for name, most in ORIGIN_FIELDS.items()}
    direction = "inbound" if body.get("direction") in (None, "") else body["direction"]
    if direction not in DIRECTIONS:
        problems.append(Problem("direction", "not_one_of", {"allowed": ", ".join(DIRECTIONS)}))
    product = _line(body, "product", 80, problems)
    consents = _consents(body.get("consents"), problems)
    at = moment(body.get("at"), "at", now, problems)
    if not keys and not any(p.field.startswith(("phones", "emails", "national_id", "messengers")) for p in problems):
        problems.append(Problem("phones", "unreachable"))
    if problems:
        raise CaptureRefused(problems)
    return Checked(tuple(dict.fromkeys(keys)), fields, origin, direction, consents, product, at)


_KNOWN = {
    *TEXT_FIELDS,
    *ORIGIN_FIELDS,
    "phones",
    "emails",
    "national_id",
    "messengers",
    "user_id",
    "direction",
    "consents",
    "product",
    "custom",
    "at",
    "language",
}


def moment(value: object, where: str, now: datetime, problems: list[Problem]) -> datetime | None:
    """An ISO 8601 moment with its offset; None when not given."""
    if value is None or value == "":
        return None
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None:
        problems.append(Problem(where, "not_a_moment"))
    elif read.tzinfo is None:
        problems.append(Problem(where, "no_offset"))
    elif read > now + CLOCK_AHEAD:
        problems.append(Problem(where, "in_future"))
    elif read.year < 1990:
        problems.append(Problem(where, "too_long_ago"))
    else:
        return read
    return None


def _line(body: Mapping[str, Any], name: str, most: int, problems: list[Problem]) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(Problem(name, "not_text"))
        return ""
    line = clean_line(value)
    if len(line) > most:
        problems.append(Problem(name, "too_long_text", {"most": most}))
        return ""
    return line


def _card_fields(body: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: _line(body, name, most, problems) for name, most in TEXT_FIELDS.items()}
    language = body.get("language")
    if language not in (None, "", "fa", "en"):
        problems.append(Problem("language", "not_one_of", {"allowed": "fa, en"}))
    elif language:
        fields["language"] = language
    return {name: value for name, value in fields.items() if value}


def _keys(body: Mapping[str, Any], problems: list[Problem], *, province: str) -> list[tuple[str, str, bool]]:
    keys: list[tuple[str, str, bool]] = []
    area = area_code(province) if province else None
    for where, text in _texts(body, "phones", problems):
        try:
            phone = parse_phone(text, area=area)
        except PhoneError as error:
            problems.append(Problem(where, f"phone_{error.code}", {"by": error.by}))
        else:
            keys.append(("mobile", phone.e164, True) if phone.kind == "mobile" else ("phone", phone.e164, False))
    for where, text in _texts(body, "emails", problems):
        try:
            email = parse_email(text)
        except EmailError as error:
            problems.append(Problem(where, f"email_{error.code}"))
        else:
            keys.append(("role_email", email.address, False) if email.is_role else ("email", email.address, True))
    national_id = body.get("national_id")
    if national_id is not None and not isinstance(national_id, str):
        problems.append(Problem("national_id", "not_text"))
    elif national_id:
        try:
            keys.append(("national_id", parse_national_id(national_id), True))
        except IdNumberError as error:
            problems.append(Problem("national_id", f"id_{error.code}"))
    keys.extend(("messenger", text[:300], True) for _, text in _texts(body, "messengers", problems))
    user_id = body.get("user_id")
    if user_id is not None and not isinstance(user_id, str):
        problems.append(Problem("user_id", "not_text"))
    elif user_id and keys:
        keys.append(("user_id", user_id[:300], True))
    return keys


def ways(body: Mapping[str, Any], name: str, *, province: str = "") -> list[tuple[str, str, bool]]:
    """The keys (kind, value, is_exclusive) of `phones` or `emails` alone, for an edit. Raises CaptureRefused."""
    problems: list[Problem] = []
    keys = _keys({name: body.get(name)}, problems, province=province)
    if problems:
        raise CaptureRefused(problems)
    return keys


def _texts(body: Mapping[str, Any], name: str, problems: list[Problem]) -> list[tuple[str, str]]:
    values = body.get(name)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        problems.append(Problem(name, "not_list_of_text"))
        return []
    if len(values) > MOST_KEYS:
        problems.append(Problem(name, "too_many", {"most": MOST_KEYS}))
        return []
    return [(f"{name}[{i}]", value) for i, value in enumerate(values) if value.strip()]


def _consents(values: object, problems: list[Problem]) -> tuple[tuple[str, str, bool, str], ...]:
    if values is None:
        return ()
    if not isinstance(values, list):
        problems.append(Problem("consents", "not_a_list"))
        return ()
    if len(values) > MOST_CONSENTS:
        problems.append(Problem("consents", "too_many", {"most": MOST_CONSENTS}))
        return ()
    read = []
    for i, value in enumerate(values):
        if not isinstance(value, Mapping):
            problems.append(Problem(f"consents[{i}]", "not_an_object"))
            continue
        purpose, channel = value.get("purpose"), value.get("channel")
        if purpose not in PURPOSES:
            problems.append(Problem(f"consents[{i}].purpose", "not_one_of", {"allowed": ", ".join(PURPOSES)}))
        if channel not in CHANNELS:
            problems.append(Problem(f"consents[{i}].channel", "not_one_of", {"allowed": ", ".join(CHANNELS)}))
        granted, words = value.get("granted", True), value.get("text", "")
        if not isinstance(granted, bool):
            problems.append(Problem(f"consents[{i}].granted", "not_yes_no"))
        if not isinstance(words, str):
            problems.append(Problem(f"consents[{i}].text", "not_text"))
        read.append((str(purpose), str(channel), granted is not False, str(words)))
    return tuple(read)


def _custom(values: object, known: Known, problems: list[Problem]) -> dict[str, Any]:
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        problems.append(Problem("custom", "not_an_object"))
        return {}
    read: dict[str, Any] = {}
    for slug, value in values.items():
        where = f"custom.{slug}"
        kind = known.custom.get(slug)
        if kind is None:
            problems.append(Problem(where, "unknown_field"))
        elif value is not None and value != "":
            accepted = custom_value(kind, value)
            if accepted is None:
                problems.append(Problem(where, f"not_{kind.type}", {"allowed": ", ".join(kind.options)}))
            else:
                read[where] = accepted
    return read


def custom_value(kind: CustomKind, value: object) -> Any:
    """The value as a custom field keeps it, or None when it is not of the field's type."""
    match kind.type:
        case "number":
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case "yes_no":
            return value if isinstance(value, bool) else None
        case "choice":
            return value if value in kind.options else None
        case "date":
            try:
                return datetime.strptime(value, "%Y-%m-%d").date().isoformat() if isinstance(value, str) else None
            except ValueError:
                return None
    return clean(value)[:2000] if isinstance(value, str) else None
