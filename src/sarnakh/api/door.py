"""What every request passes: the key it shows, the language it is answered in, methods that are not there.

A key is remembered by its process for a second and a half, so that a program that sends a thousand leads does not ask
for its user a thousand times; a revoked key is refused at the latest after that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_origin, get_type_hints

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.params.models import Query as QueryParam
from ninja.security import HttpBearer

from sarnakh.accounts.rules import Right
from sarnakh.accounts.selectors import Forbidden
from sarnakh.accounts.services import Bearer, authenticate_token
from sarnakh.api.problems import Problem, Wrong, answer, not_there
from sarnakh.kit.ids import digest

REMEMBERED_SECONDS = 1.5
MOST_REMEMBERED = 1000

_remembered: dict[str, tuple[float, Bearer]] = {}


class Key(HttpBearer):
    """The bearer of a token with all of these rights. No or a wrong key: 401; a missing right: 403."""

    def __init__(self, *rights: Right) -> None:
        super().__init__()
        self.rights = rights or (Right.READ,)

    def authenticate(self, request: HttpRequest, token: str) -> Bearer:
        bearer = _bearer(token)
        if bearer is None:
            raise Problem(401, detail=_("The key is unknown, ended, or of someone who left."))
        if not _accepted_language(request):
            translation.activate(bearer.user.language)
        for right in self.rights:
            if right not in bearer.rights:
                raise Forbidden(right)
        return bearer


def forget_keys() -> None:
    """Ask the database again for every key."""
    _remembered.clear()


def _bearer(token: str) -> Bearer | None:
    name = digest(token)
    # A monotonic clock for the age of a cache is no statement about when something happened.
    now = time.monotonic()
    kept = _remembered.get(name)
    if kept is not None and kept[0] > now:
        return kept[1]
    found = authenticate_token(token, at=timezone.now())
    if found is None:
        _remembered.pop(name, None)
        return None
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[name] = (now + REMEMBERED_SECONDS, found)
    return found


def _accepted_language(request: HttpRequest) -> str:
    """The first language we speak that the caller asks for; "" if they ask for none."""
    for accepted in request.headers.get("Accept-Language", "").split(","):
        code = accepted.split(";")[0].strip().lower().split("-")[0]
        if code in dict(settings.LANGUAGES):
            return code
    return ""


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view of the API: its language, and problem+json for methods that are not there."""

    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(_accepted_language(request) or settings.LANGUAGE_CODE):
            if _has_nul(request):
                return answer(Problem(400, detail=_("The address has characters that no text has.")))
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseNotAllowed):
                allowed = response["Allow"]
                refusal = Problem(405, detail=_("Allowed here: %(methods)s") % {"methods": allowed})
                response = answer(refusal)
                response["Allow"] = allowed
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            response.headers.setdefault("Cache-Control", "no-store")
            return response

    entered.csrf_exempt = True  # type: ignore[attr-defined]  # Django reads it off the view; keys are no cookies
    return entered


def known_query(endpoint: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a query that names what the endpoint does not take: a filter misspelt would list everything."""
    known = {
        parameter.__metadata__[-1].alias or name
        for name, parameter in get_type_hints(endpoint, include_extras=True).items()
        if get_origin(parameter) is Annotated and isinstance(parameter.__metadata__[-1], QueryParam)
    }

    @wraps(endpoint)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            words = _("There is no such parameter; known here: %(names)s") % {"names": ", ".join(sorted(known)) or "–"}
            raise Problem(422, wrong=[Wrong(name[:100], "unknown_parameter", words) for name in unknown])
        return endpoint(request, *args, **kwargs)

    return asked


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any address of the API that is none."""
    return answer(not_there())


def _has_nul(request: HttpRequest) -> bool:
    return "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path
