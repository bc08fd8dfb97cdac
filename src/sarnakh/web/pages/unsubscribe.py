"""/u/<token>: what we may send to whoever got a message, and the one click of RFC 8058.

Opening it never changes anything: mail scanners open every link. A POST acts at once, without a session, a cookie or
a second page, because mail clients send it on their own.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sarnakh.nurture.selectors import Preferences, UnknownMessage, preferences_of
from sarnakh.nurture.services import resume, unsubscribe
from sarnakh.outbox.tokens import BadToken, message_key

LANGUAGES = ("fa", "en")


@csrf_exempt  # the token is the right to act; a mail client has no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the choices, or take one: `choice` = marketing | all | resume; none: the one click of a mail client."""
    try:
        key = message_key(token)
        if request.method == "POST":
            _act(key, request.POST.get("choice", ""))
        found: Preferences | None = preferences_of(key)
    except (BadToken, UnknownMessage):
        found = None
    return _answer(request, found)


def _act(key: str, choice: str) -> None:
    at = timezone.now()
    match choice:
        case "resume":
            resume(key, at=at)
        case "marketing":
            unsubscribe(key, purposes=["marketing"], at=at)
        case "all":
            unsubscribe(key, purposes=["service", "marketing"], at=at)
        case _:
            unsubscribe(key, at=at)


def _answer(request: HttpRequest, found: Preferences | None) -> HttpResponse:
    asked = request.GET.get("lang", "")
    language = asked if asked in LANGUAGES else found.language if found else translation.get_language() or "fa"
    context = {
        "found": found,
        "page_language": language,
        "page_direction": "rtl" if language == "fa" else "ltr",
        "other_language": "en" if language == "fa" else "fa",
        "is_done": request.method == "POST",
        "is_all_refused": found is not None and {"service", "marketing"} <= found.refused,
        "is_marketing_refused": found is not None and "marketing" in found.refused,
    }
    with translation.override(language):
        response = render(request, "public/unsubscribe.html", context, status=200 if found else 404)
    add_never_cache_headers(response)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address of this page is a key
    response.headers["X-Robots-Tag"] = "noindex"
    return response
