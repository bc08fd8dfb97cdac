"""Who gets through to a page: the sign-in, and what happens to a refusal that a page lets pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sarnakh.accounts.models import User

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: User


def signed_in(view: Callable[Concatenate[UserRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever has signed in; others go to the sign-in page and come back after it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the user is there now
        if request.headers.get("HX-Request"):
            # A swapped-in sign-in page would sit inside the card: the whole page goes there.
            return HttpResponse(status=204, headers={"HX-Redirect": settings.LOGIN_URL})
        return redirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path())}")

    return guarded
