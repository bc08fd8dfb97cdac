"""What somebody typed into a public form, read into a capture's body. Pure: knows no Django, no clock, no I/O.

Refuses, each at its field: what is required and empty, a choice that was not offered, a number that is none, and no
consent. What a phone or an e-mail must be is decided by `rules.checked`, whose findings `field_of` brings home.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sarnakh.capture.rules import CHANNELS, ORIGIN_FIELDS, TEXT_FIELDS, CustomKind, Problem
from sarnakh.kit.text import clean, clean_line, digits_en, pick

TYPES = frozenset(("text", "tel", "email", "select", "textarea", "number", "hidden"))
CONSENT: Final = "consent"
MARKETING: Final = "marketing"
CUSTOM = "custom."
LONGEST_LINE = 500
LONGEST_TEXT = 5000
MARKETING_CHANNELS = ("email", "sms")
WAYS = frozenset(("phone", "phones", "mobile", "email", "emails"))
KEYS = WAYS | TEXT_FIELDS.keys() | ORIGIN_FIELDS.keys() | {"product", "national_id"}
_YES = frozenset(("yes", "true", "1", "on"))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form, in one language. `key`: phone, email, a card field, product, an origin or custom.<slug>."""

    key: str
    type: str
    label: str
    is_required: bool
    is_half: bool
    options: tuple[tuple[str, str], ...] = ()  # value, label
    fixed: str = ""  # of a hidden field: what it always says
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked below the fields, in the words shown; empty: not asked."""

    consent: str
    marketing: str


def fields_of(spec: Sequence[Mapping[str, Any]], *, language: str) -> tuple[FormField, ...]:
    """The fields of `Form.fields` as a page shows them; what has no key is left out."""
    return tuple(_field(each, language) for each in spec if each.get("key"))


def _field(spec: Mapping[str, Any], language: str) -> FormField:
    type_ = spec.get("type")
    return FormField(
        key=str(spec["key"]),
        type=str(type_) if type_ in TYPES else "text",
        label=_words(spec.get("label"), language) or str(spec["key"]),
        is_required=bool(spec.get("required")),
        is_half=spec.get("width") == "half",
        options=tuple(
            (str(option["value"]), _words(option.get("label"), language) or str(option["value"]))
            for option in spec.get("options") or ()
        ),
        fixed=str(spec.get("value") or ""),
        hint=_words(spec.get("hint"), language),
    )


def _words(words: object, language: str) -> str:
    if isinstance(words, Mapping):
        return pick(words, language)
    return words if isinstance(words, str) else ""


def problems_of(spec: Sequence[Mapping[str, Any]], *, custom: Container[str]) -> list[Problem]:
    """What is wrong with the fields of a form to be saved, each named by its place: `fields[0].key`.

    A form asks for one way to reach the person at least, and for no field twice.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for i, field in enumerate(spec):
        key = str(field.get("key") or "")
        slug = key.removeprefix(CUSTOM)
        if not key:
            problems.append(Problem(f"fields[{i}].key", "required"))
        elif slug not in custom if key.startswith(CUSTOM) else key not in KEYS:
            problems.append(Problem(f"fields[{i}].key", "unknown_field"))
        elif key in seen:
            problems.append(Problem(f"fields[{i}].key", "twice"))
        if field.get("type") == "select" and not field.get("options"):
            problems.append(Problem(f"fields[{i}].options", "required"))
        seen.add(key)
    if not seen & WAYS:
        problems.append(Problem("fields", "no_way"))
    return problems


def typed_in(fields: Sequence[FormField], sent: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by key, fit to be kept and shown again: cleaned, and of a bounded length."""
    return {field.key: _typed(field, sent.get(field.key, "")) for field in fields}


def _typed(field: FormField, text: str) -> str:
    if field.type == "hidden" and field.fixed:
        return field.fixed
    return clean(text)[:LONGEST_TEXT] if field.type == "textarea" else clean_line(text)[:LONGEST_LINE]


def body_of(
    fields: Sequence[FormField], typed: Mapping[str, str], *, custom: Mapping[str, CustomKind], language: str
) -> tuple[dict[str, Any], list[Problem]]:
    """The capture's body (as POST /leads takes it) and what is wrong with it, each problem named by the field's key."""
    body: dict[str, Any] = {"language": language}
    problems: list[Problem] = []
    for field in fields:
        text = typed[field.key]
        if not text:
            if field.is_required:
                problems.append(Problem(field.key, "required"))
        elif field.type == "select" and text not in {value for value, _ in field.options}:
            problems.append(
                Problem(field.key, "not_choice", {"allowed": "، ".join(label for _, label in field.options)})
            )
        elif field.key.startswith(CUSTOM):
            _put_custom(body, field, text, custom.get(field.key.removeprefix(CUSTOM)), problems)
        else:
            _put(body, field, text)
    return body, problems


def _put(body: dict[str, Any], field: FormField, text: str) -> None:
    if field.type == "tel" or field.key in ("phone", "phones", "mobile"):
        body.setdefault("phones", []).append(text)
    elif field.type == "email" or field.key in ("email", "emails"):
        body.setdefault("emails", []).append(digits_en(text))
    elif field.key in TEXT_FIELDS or field.key in ORIGIN_FIELDS or field.key in ("product", "national_id"):
        body[field.key] = text


def _put_custom(
    body: dict[str, Any], field: FormField, text: str, kind: CustomKind | None, problems: list[Problem]
) -> None:
    slug = field.key.removeprefix(CUSTOM)
    value: Any = text
    if kind is None:  # the field was taken away since: what was typed has no place any more
        return
    if kind.type == "number":
        value = _number(text)
        if value is None:
            problems.append(Problem(field.key, "not_number"))
            return
    elif kind.type == "yes_no":
        value = text.lower() in _YES
    elif kind.type == "date":
        value = digits_en(text)
    body.setdefault("custom", {})[slug] = value


def _number(text: str) -> int | float | None:
    """A number as people type it: in any digits, with thousands marks."""
    plain = digits_en(text).replace("٬", "").replace(",", "").replace("٫", ".").replace(" ", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def consents_of(terms: Terms, ticked: frozenset[str]) -> tuple[list[dict[str, str]], list[Problem]]:
    """The consents given by these ticks, in the words that were shown; the service one is needed where it is asked."""
    given: list[dict[str, str]] = []
    problems: list[Problem] = []
    if terms.consent and CONSENT in ticked:
        given += [{"purpose": "service", "channel": channel, "text": terms.consent} for channel in CHANNELS]
    elif terms.consent:
        problems.append(Problem(CONSENT, "consent_needed"))
    if terms.marketing and MARKETING in ticked:
        given += [{"purpose": "marketing", "channel": each, "text": terms.marketing} for each in MARKETING_CHANNELS]
    return given, problems


def field_of(problem: Problem, fields: Sequence[FormField], typed: Mapping[str, str]) -> str:
    """The key of the field that a finding of `rules.checked` is about; "" when it is about none that is shown."""
    name, _, rest = problem.field.partition("[")
    ways = {"phones": ("tel", ("phone", "phones", "mobile")), "emails": ("email", ("email", "emails"))}
    if name in ways:
        type_, keys = ways[name]
        shown = [each.key for each in fields if not each.key.startswith(CUSTOM)]
        asked = [each.key for each in fields if each.key in shown and (each.type == type_ or each.key in keys)]
        filled = [key for key in asked if typed[key]]
        nth = int(rest.rstrip("]")) if rest else 0
        if rest and nth < len(filled):
            return filled[nth]
        if asked:
            return asked[0]
        return next((each.key for each in fields if each.type in ("tel", "email")), "")
    return next((each.key for each in fields if each.key == problem.field and each.type != "hidden"), "")
