"""How endpoints answer, and the wrapper of every one that changes something.

`act` gives a changing endpoint one transaction, in which its answer under an `Idempotency-Key` is kept too. A refusal
keeps nothing: the same key may come again with a better body.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel

from sarnakh.accounts.rules import Right
from sarnakh.accounts.selectors import Forbidden
from sarnakh.accounts.services import Bearer
from sarnakh.api.bodies import raw_body
from sarnakh.api.models import Idempotent
from sarnakh.api.problems import Problem, invalid
from sarnakh.djangokit.bulk import insert_ignore
from sarnakh.lifecycle import steps

Endpoint = TypeVar("Endpoint", bound=Callable[..., HttpResponse])
KEPT = timedelta(days=2)
KEY = re.compile("[!-~]{0,200}")
CLOCK_AHEAD = timedelta(minutes=5)


def caller(request: HttpRequest) -> Bearer:
    """Who asks."""
    found = request.auth  # type: ignore[attr-defined]  # set by ninja after `door.Key`
    assert isinstance(found, Bearer)
    return found


def reply(body: BaseModel, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(body.model_dump_json(), status=status, content_type="application/json")


def moment_of(request: HttpRequest, at: datetime | None, now: datetime) -> datetime:
    """When it happened: `at` if given, else now. To say that it happened earlier needs a right. Raises Forbidden."""
    if at is None:
        return now
    if at < now - CLOCK_AHEAD and Right.BACKDATE not in caller(request).rights:
        raise Forbidden(Right.BACKDATE)
    if at > now + CLOCK_AHEAD:
        raise invalid("at", "in_future", _("This moment has not come yet"))
    return min(at, now)


def follow(lead_ids: Iterable[int], now: datetime) -> None:
    """Let score, owner and the rest follow at once, so that the next read shows them."""
    steps.advance(lead_ids, at=now)


def act(endpoint: Endpoint) -> Endpoint:
    """One transaction, answered once for an Idempotency-Key."""

    @wraps(endpoint)
    def acting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = key_of(request)
        with transaction.atomic():
            if not key or request.method != "POST":
                return endpoint(request, *args, **kwargs)
            kept, is_fresh = _claim(request, key)
            if not is_fresh:
                return _again(kept, _digest(request))
            response = endpoint(request, *args, **kwargs)
            kept.status, kept.answer = response.status_code, response.content.decode()
            kept.save(update_fields=["status", "answer"])
            return response

    # ninja reads annotations in the module of the function it is given, which would be this one.
    acting.__signature__ = inspect.signature(endpoint, eval_str=True)  # type: ignore[attr-defined]
    return cast(Endpoint, acting)


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key, "" without one. Raises Problem 422."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "not_readable", _("At most 200 letters, digits and signs, without blanks"))
    return key


def key_used_otherwise() -> Problem:
    """The same key came with another request."""
    return Problem(409, code="key_used", detail=_("This Idempotency-Key was used for another request."))


def forget_answers(at: datetime) -> int:
    """Drop answers kept for longer than anyone repeats; how many."""
    return Idempotent.objects.filter(at__lt=at - KEPT).delete()[0]


def _claim(request: HttpRequest, key: str) -> tuple[Idempotent, bool]:
    token = caller(request).token_id
    columns = ("token", "key", "request", "body_digest", "status", "answer", "at")
    row: tuple[Any, ...] = (token, key, _request(request), _digest(request), 0, "", timezone.now())
    is_fresh = bool(insert_ignore(Idempotent, columns, [row]))
    return Idempotent.objects.get(token=token, key=key), is_fresh


def _again(kept: Idempotent, digest: str) -> HttpResponse:
    if kept.body_digest != digest:
        raise key_used_otherwise()
    response = HttpResponse(kept.answer, status=kept.status, content_type="application/json")
    response["Idempotent-Replayed"] = "true"
    return response


def _request(request: HttpRequest) -> str:
    return f"{request.method} {request.path}"[:300]


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(_request(request).encode() + b"\n" + raw_body(request)).hexdigest()
