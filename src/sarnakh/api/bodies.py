"""What is sent to us, read: JSON bodies, and the types that values in them have.

A text with U+0000 is refused (PostgreSQL stores none), so is a lone surrogate; numbers are not guessed from texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NoReturn, cast

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sarnakh.api.problems import Problem, Wrong

JSON_TYPES = ("application/json", "application/merge-patch+json")
LARGEST = 2 * 1024 * 1024
LARGEST_ID = 2**63 - 1


def read_json(request: HttpRequest) -> Any:
    """The body as JSON values. Raises Problem: 400, 413, 415, 422."""
    if request.content_type not in JSON_TYPES:
        raise Problem(415, detail=_("The body must be application/json."))
    raw = raw_body(request)
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Problem(400, detail=_("The body is not JSON."), extra={"reason": str(error)[:200]}) from error
    if b"\\u0000" in raw and (wrong := list(_with_nul(value, ""))):
        raise Problem(422, wrong=wrong)
    return value


def raw_body(request: HttpRequest) -> bytes:
    """The bytes of the body. Raises Problem 413."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    try:
        if length > LARGEST:
            raise RequestDataTooBig
        return request.body
    except RequestDataTooBig as error:
        raise Problem(413, detail=_("At most %(most)d bytes.") % {"most": LARGEST}) from error
    except UnreadablePostError as error:
        raise Problem(400, detail=_("The body ended early.")) from error


def _with_nul(value: Any, path: str) -> Iterator[Wrong]:
    if isinstance(value, str):
        if "\x00" in value:
            yield Wrong(path, "not_text", _("This must be text"))
    elif isinstance(value, dict):
        for key, part in value.items():
            here = key.replace("\x00", "?")
            if here != key:
                yield Wrong(here, "unknown_field", _("There is no such field"))
            yield from _with_nul(part, f"{path}.{here}" if path else here)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _with_nul(part, f"{path}[{i}]")


class JsonParser(Parser):
    """ninja's door to `read_json`."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        return cast(DictStrAny, read_json(request))


class Body(BaseModel):
    """A body: exactly these fields, exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True, allow_inf_nan=False)


class Shape(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)


def given(body: BaseModel, *nullable: str) -> dict[str, Any]:
    """The fields that a merge-patch names; null only where it empties. Raises Problem 422."""
    values = {name: getattr(body, name) for name in body.model_fields_set}
    wrong = [Wrong(name, "null", _("This cannot be emptied")) for name, value in values.items() if value is None]
    if wrong := [each for each in wrong if each.field not in nullable]:
        raise Problem(422, wrong=wrong)
    return values


# --- types -----------------------------------------------------------------------------------------------------------


def refuse(code: str) -> NoReturn:
    """Say in a validator what is wrong, by a code of `problems`."""
    raise PydanticCustomError("refused", "refused", {"code": code})


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        refuse("not_a_moment")
    try:
        read = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value)
    except ValueError:
        refuse("not_a_moment")
    if len(value) < 16:
        refuse("not_a_moment")
    if read.tzinfo is None or read.utcoffset() is None:
        refuse("no_offset")
    if read.year < 1990:
        refuse("too_long_ago")
    if read.year > 2200:
        refuse("too_far")
    return read.astimezone(UTC)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) != 10:
        refuse("not_a_day")
    try:
        read = date.fromisoformat(value)
    except ValueError:
        refuse("not_a_day")
    if not 1990 <= read.year <= 2200:
        refuse("not_a_day")
    return read


def _filter(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        refuse("not_a_filter")
    return value


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Amount = Annotated[int, Field(ge=0, le=10**17, description="in the smallest unit of the currency")]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601 with its offset",
            "examples": ["2026-11-21T10:00:00+03:30"],
        }
    ),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-21"]}),
]
Condition = Annotated[
    dict[str, Any],
    BeforeValidator(_filter),
    WithJsonSchema({"type": "object", "title": "Filter", "examples": [{"field": "city", "op": "is", "value": "قم"}]}),
]


Text60 = Annotated[str, Field(max_length=60)]
Text80 = Annotated[str, Field(max_length=80)]
Text120 = Annotated[str, Field(max_length=120)]
Text200 = Annotated[str, Field(max_length=200)]
LongText = Annotated[str, Field(max_length=20_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Slug = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")]
Small = Annotated[int, Field(ge=0, le=32_767)]
Bitext = Annotated[dict[Literal["fa", "en"], LongText], Field(description="in one or both languages")]
Words = Name | Bitext


def bitext(words: str | Mapping[Any, str], language: str) -> dict[str, str]:
    """Words given once are in the caller's language."""
    return {language: words} if isinstance(words, str) else dict(words)
