"""What is shown when a page cannot be: 403, 404, 500, and a form that was open too long."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("This is not yours to open"),
        _("Your role does not allow this. If it should, ask whoever manages the users."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Hides whether the record exists."""
    return _page(
        request,
        404,
        _("The end of this thread is lost"),
        _("This page does not exist, or it is not yours to see. Perhaps the lead was merged with another."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the request or the database: they may be what failed."""
    language = get_language() or "fa"
    context = {
        "heading": _("Something went wrong on our side"),
        "text": _("What you had saved is safe. Try again; if it stays like this, tell whoever runs the server."),
        "code": 500,
        "is_retry": True,
        "language": language,
        "direction": "rtl" if language == "fa" else "ltr",
    }
    return HttpResponse(render_to_string("lost.html", context), status=500)


def not_set_up(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        503,
        _("Sarnakh is not set up yet"),
        _("Open the set-up link that the server printed when it started."),
        is_retry=True,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        _("This page was open for too long"),
        _("For your safety it has expired. Go back, refresh the page and send it again."),
        is_retry=True,
    )


def _page(request: HttpRequest, code: int, heading: str, text: str, *, is_retry: bool = False) -> HttpResponse:
    context = {"heading": heading, "text": text, "code": code, "is_retry": is_retry}
    return render(request, "lost.html", context, status=code)
