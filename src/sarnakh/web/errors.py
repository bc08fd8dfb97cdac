"""What is shown when a page cannot be: 403, 404, 500, and a form that was open too long."""

from django.http import HttpRequest, HttpResponse, JsonResponse
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
    heading = _("Something went wrong on our side")
    text = _("What you had saved is safe. Try again; if it stays like this, tell whoever runs the server.")
    return HttpResponse(render_to_string("lost.html", _alone(500, heading, text)), status=500)


def _alone(code: int, heading: str, text: str) -> dict[str, object]:
    """All that the page needs without a request."""
    language = get_language() or "fa"
    return {
        "heading": heading,
        "text": text,
        "code": code,
        "is_retry": True,
        "language": language,
        "direction": "rtl" if language == "fa" else "ltr",
    }


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away or too busy. Asks nothing of it; programs get a problem, people a page."""
    text = _("We cannot reach our data just now. Nothing that you saved is lost; try again in a moment.")
    if request.path.startswith(("/api/", "/v1/")):
        problem = {"type": "about:blank", "title": text, "status": 503, "detail": text}
        response: HttpResponse = JsonResponse(problem, status=503, content_type="application/problem+json")
    else:
        response = HttpResponse(render_to_string("lost.html", _alone(503, _("One moment"), text)), status=503)
    response["Retry-After"] = "5"
    return response


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
