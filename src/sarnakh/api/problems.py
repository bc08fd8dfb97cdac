"""Refusals as the API says them: problem+json, in the caller's language, one shape for every error.

`Problem` is what endpoints raise; what services raise is turned into one in `refusals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: gettext_noop("This could not be read"),
    401: gettext_noop("No valid key"),
    403: gettext_noop("Not allowed"),
    404: gettext_noop("Not found"),
    405: gettext_noop("This cannot be done here"),
    409: gettext_noop("This does not fit how things stand"),
    413: gettext_noop("Too large"),
    415: gettext_noop("Send JSON"),
    422: gettext_noop("Some values are wrong"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("We cannot reach our data just now; try again in a moment"),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One value that is wrong: where (`phones[0]`), what for machines, and what for people."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """An answer that is an error. `code` goes into `type`; `wrong` names the values of a 422 or 409."""

    def __init__(
        self,
        status: int,
        *,
        detail: str = "",
        code: str = "",
        wrong: Sequence[Wrong] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {detail}")
        self.status, self.detail, self.code, self.wrong, self.extra = status, detail, code, tuple(wrong), extra or {}


def invalid(field: str, code: str, message: str) -> Problem:
    """One wrong value."""
    return Problem(422, wrong=[Wrong(field, code, message)])


def not_there() -> Problem:
    return Problem(404, detail=_("There is no such record, or it is not yours to see."))


def answer(problem: Problem) -> HttpResponse:
    """The problem as an HTTP answer."""
    title = _(TITLES.get(problem.status, TITLES[500]))
    body: dict[str, Any] = {
        "type": f"/api/v1/docs#{problem.code}" if problem.code else "about:blank",
        "title": title,
        "status": problem.status,
        "detail": problem.detail or " ".join(dict.fromkeys(wrong.message for wrong in problem.wrong)) or title,
    }
    if problem.wrong or problem.status == 422:
        body["errors"] = [
            {"field": wrong.field, "code": wrong.code, "message": wrong.message} for wrong in problem.wrong
        ]
    body |= problem.extra
    response = HttpResponse(msgspec.json.encode(body), status=problem.status, content_type=CONTENT_TYPE)
    if problem.status == 503:
        response["Retry-After"] = "5"
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="sarnakh"'
    return response


# --- in the description ----------------------------------------------------------------------------------------------


class WrongValue(BaseModel):
    field: str
    code: str
    message: str


class ProblemBody(BaseModel):
    """An error (RFC 9457). `errors` names every wrong value of a 422."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongValue] | None = None


DECLARED = (400, 401, 403, 404, 409, 413, 415, 422, 503)


def with_problems(answers: Mapping[int, Any]) -> dict[Any, Any]:
    """The answers of an endpoint and the errors that any endpoint may give, for `response=`."""
    return {**answers, **dict.fromkeys(DECLARED, ProblemBody)}


# --- pydantic's words ------------------------------------------------------------------------------------------------

_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "int_type": "not_integer",
    "int_parsing": "not_integer",
    "int_from_float": "not_integer",
    "int_parsing_size": "out_of_range",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "finite_number": "not_number",
    "bool_type": "not_yes_no",
    "bool_parsing": "not_yes_no",
    "list_type": "not_a_list",
    "dict_type": "not_an_object",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "too_short": "too_few",
    "string_pattern_mismatch": "not_readable",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "date_from_datetime_parsing": "not_a_day",
    "date_type": "not_a_day",
    "date_parsing": "not_a_day",
}
_SENTENCES = {
    "required": gettext_noop("This is needed"),
    "unknown_field": gettext_noop("There is no such field"),
    "not_text": gettext_noop("This must be text"),
    "not_integer": gettext_noop("This must be a whole number"),
    "not_number": gettext_noop("This must be a number"),
    "not_yes_no": gettext_noop("This must be yes or no"),
    "not_a_list": gettext_noop("This must be a list"),
    "not_an_object": gettext_noop("This must be an object"),
    "not_a_moment": gettext_noop("Write the moment like 2026-11-21T10:00:00+03:30"),
    "no_offset": gettext_noop("The moment needs its offset, like +03:30"),
    "too_long_ago": gettext_noop("This moment is too long ago"),
    "too_far": gettext_noop("This moment is too far away"),
    "not_a_day": gettext_noop("Write the date like 2026-11-21"),
    "not_a_filter": gettext_noop("This must be a condition, an object"),
    "null": gettext_noop("This cannot be emptied"),
    "empty": gettext_noop("This is needed"),
}


def invalid_values(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What pydantic found, in our words: a path without the part of the request it came in."""
    return Problem(422, wrong=[_wrong(error) for error in errors])


def _wrong(error: Mapping[str, Any]) -> Wrong:
    context = error.get("ctx") or {}
    code = str(context.get("code") or _CODES.get(error["type"], "not_readable"))
    return Wrong(_path(error["loc"]), code, _sentence(code, context))


def _path(loc: Sequence[Any]) -> str:
    # ninja puts where it came from first: ("body", "body", "phones", 0), ("query", "limit").
    parts = list(loc[2:] if loc and loc[0] == "body" else loc[1:])
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _sentence(code: str, context: Mapping[str, Any]) -> str:
    match code:
        case "not_one_of":
            return _("Choose one of: %(allowed)s") % {"allowed": str(context.get("expected", "")).replace("'", "")}
        case "too_long":
            return _("At most %(most)d characters") % {"most": context.get("max_length", 0)}
        case "too_many":
            return _("At most %(most)d of these") % {"most": context.get("max_length", 0)}
        case "out_of_range":
            low, high = context.get("ge", context.get("gt")), context.get("le", context.get("lt"))
            if low is not None:
                return _("Not below %(low)s") % {"low": low}
            if high is not None:
                return _("Not above %(high)s") % {"high": high}
            return _("This number is too large")
    return _(_SENTENCES.get(code, TITLES[400]))
