"""What services refuse, as HTTP: the one table. A class beside the function that raises it, a status here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sarnakh.accounts.selectors import Forbidden, NotSetUp
from sarnakh.accounts.services import AccountError
from sarnakh.api.problems import Problem, Wrong, answer, invalid, invalid_values, not_there
from sarnakh.capture.messages import sentence
from sarnakh.capture.rules import CaptureRefused
from sarnakh.capture.rules import Problem as Finding
from sarnakh.convert.services import AlreadyConverted, ConvertError
from sarnakh.distribute.services import AssignError
from sarnakh.engage.services import EngageError, message_of
from sarnakh.kit.money import MoneyError
from sarnakh.leads.fields import FieldError
from sarnakh.leads.filter import FilterError
from sarnakh.leads.kinds import KindError
from sarnakh.leads.merging import MergeError
from sarnakh.leads.own_fields import OwnFieldError
from sarnakh.leads.segments import SegmentError
from sarnakh.leads.selectors import NotThere
from sarnakh.leads.ways import Unreachable, WayTaken
from sarnakh.leads.words import WordTaken
from sarnakh.learn.selectors import UnknownSplit
from sarnakh.learn.services import BadCosts
from sarnakh.qualify.services import StageError
from sarnakh.score.rules import RuleError

log = logging.getLogger(__name__)

UNREACHABLE = Finding("phones", "unreachable")
_MERGE = {
    "no_such_lead": gettext_noop("There is no such record, or it is not yours to see."),
    "no_such_merge": gettext_noop("There is no such record, or it is not yours to see."),
    "same_person": gettext_noop("These are one person already."),
    "one_lead_a_person": gettext_noop("These are one person’s; a person has one open lead."),
    "already_undone": gettext_noop("This merge was undone already."),
}
_COSTS = {
    "required": gettext_noop("This is needed"),
    "not_a_day": gettext_noop("Write the date like 2026-11-21"),
    "out_of_range": gettext_noop("This day is out of range"),
    "unknown_currency": gettext_noop("There is no such currency."),
    "not_a_text": gettext_noop("This must be text"),
    "not_an_integer": gettext_noop("This must be a whole number"),
    "negative": gettext_noop("Not below zero"),
    "too_large": gettext_noop("This number is too large"),
    "too_long": gettext_noop("This is too long"),
}
_ACCOUNTS = {
    "taken": gettext_noop("This is taken already"),
    "too_long": gettext_noop("This is too long"),
    "empty": gettext_noop("This is needed"),
    "negative": gettext_noop("Not below zero"),
    "weak": gettext_noop("The password is too weak"),
}


def _capture(error: CaptureRefused) -> Problem:
    return Problem(422, wrong=[Wrong(each.field, each.code, sentence(each)) for each in error.problems])


def _stage(error: StageError) -> Problem:
    wrong = [Wrong(error.field, error.code, error.message)]
    extra = {"missing": list(error.missing)} if error.missing else {}
    return Problem(409 if error.is_conflict else 422, code=error.code, wrong=wrong, extra=extra)


def _convert(error: ConvertError) -> Problem:
    extra = {}
    if isinstance(error, AlreadyConverted):
        extra = {"contact": error.contact, "company": error.company, "deal": error.deal}
    wrong = [Wrong(error.field, error.code, error.message)]
    return Problem(409 if error.is_conflict else 422, code=error.code, wrong=wrong, extra=extra)


def _engage(error: EngageError) -> Problem:
    wrong = [Wrong(each.field, each.code, message_of(each)) for each in error.problems]
    return Problem(409 if error.is_conflict else 422, code=error.code, wrong=wrong)


def _merge(error: MergeError) -> Problem:
    status = 404 if error.code.startswith("no_such") else 409
    return Problem(status, code=error.code, detail=_(_MERGE[error.code]))


def _costs(error: BadCosts) -> Problem:
    wrong = []
    for each in error.errors:
        line, _dot, name = each.field.partition(".")
        wrong.append(Wrong(f"[{line}].{name}", each.code, _(_COSTS.get(each.code, _COSTS["required"]))))
    return Problem(422, wrong=wrong)


def _account(error: AccountError) -> Problem:
    if error.code in _ACCOUNTS:
        words = _(_ACCOUNTS[error.code])
    elif error.code == "unknown":
        words = _("Choose one of: %(allowed)s") % {"allowed": ", ".join(error.details)}
    else:
        words = _("This could not be read")
    return Problem(
        409 if error.code == "taken" else 422, code=error.code, wrong=[Wrong(error.field, error.code, words)]
    )


def _split(error: UnknownSplit) -> Problem:
    return invalid("by", "not_one_of", _("Choose one of: %(allowed)s") % {"allowed": ", ".join(error.allowed)})


def _rule(error: RuleError) -> Problem:
    if error.code in ("unknown_rule", "unknown_version"):
        return not_there()
    if error.code == "nothing_to_publish":
        return Problem(409, code=error.code, detail=_(error.text) % error.params)
    return Problem(422, wrong=[Wrong(error.field, error.code, _(error.text) % error.params)])


def _segment(error: SegmentError) -> Problem:
    wrong = [Wrong(error.field, error.code, _(error.text) % error.params)]
    return Problem(409 if error.code in ("slug_taken", "in_use") else 422, code=error.code, wrong=wrong)


def _forbidden(error: Forbidden) -> Problem:
    return Problem(
        403, code=error.right.value, detail=_("This needs the right “%(right)s”.") % {"right": error.right.value}
    )


def _http(error: HttpError) -> Problem:
    # ninja turns whatever the parser raised into a 400 of its own; ours says more.
    cause = error.__cause__
    if isinstance(cause, Problem):
        return cause
    return Problem(error.status_code)


REFUSALS: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    NotThere: lambda error: not_there(),
    Http404: lambda error: not_there(),
    Forbidden: _forbidden,
    PermissionDenied: lambda error: Problem(403),
    NotSetUp: lambda error: Problem(409, code="not_set_up", detail=_("The set-up link has not been used yet.")),
    CaptureRefused: _capture,
    StageError: _stage,
    ConvertError: _convert,
    EngageError: _engage,
    WayTaken: lambda error: Problem(
        409,
        code="taken",
        wrong=[Wrong(error.field, "taken", _("Another lead has this; merge the two if they are one"))],
    ),
    Unreachable: lambda error: Problem(422, wrong=[Wrong("phones", "unreachable", sentence(UNREACHABLE))]),
    AssignError: lambda error: invalid(error.field, error.code, error.message),
    MergeError: _merge,
    AccountError: _account,
    BadCosts: _costs,
    FieldError: lambda error: invalid(error.field, error.code, error.message),
    KindError: lambda error: invalid(error.field, error.code, _(error.text) % error.params),
    FilterError: lambda error: invalid(error.path, error.code, _(error.text) % error.params),
    RuleError: _rule,
    SegmentError: _segment,
    MoneyError: lambda error: invalid("currency", error.code, _("This is not money that we know")),
    OwnFieldError: lambda error: invalid(error.field, error.code, _(error.text)),
    WordTaken: lambda error: Problem(409, code="taken", wrong=[Wrong("slug", "taken", _("This is taken already"))]),
    UnknownSplit: _split,
    ValidationError: lambda error: invalid_values(error.errors),
    HttpError: _http,
    OperationalError: lambda error: Problem(503),
    InterfaceError: lambda error: Problem(503),
    TimeoutError: lambda error: Problem(503),  # the thread that commits captures did not come to it
    AuthenticationError: lambda error: Problem(401, detail=_("Send the header Authorization: Bearer <key>.")),
    RequestDataTooBig: lambda error: Problem(413),
}


@contextmanager
def reading(field: str, *, is_whole: bool = False) -> Iterator[None]:
    """Say of a Filter's error in which field of the request it stands. `is_whole`: the path inside is not theirs."""
    try:
        yield
    except FilterError as error:
        path = f"{field}.{error.path}" if error.path and not is_whole else field
        raise invalid(path, error.code, _(error.text) % error.params) from error


def install(api: NinjaAPI) -> None:
    """Answer each of these as its problem; anything else is ours, is logged, and is a 500."""
    for kind, problem_of in REFUSALS.items():
        api.add_exception_handler(kind, _handler(problem_of))
    api.add_exception_handler(Exception, _unexpected)


def _handler(problem_of: Callable[[Any], Problem]) -> Callable[[HttpRequest, Any], HttpResponse]:
    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(problem_of(error))

    return handle


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("%s %s", request.method, request.path, exc_info=error)
    return answer(Problem(500))
