"""What every answer carries: the security headers, and the language, time zone and calendar it is written in."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from sarnakh.accounts import selectors
from sarnakh.accounts.models import Organisation
from sarnakh.kit.jalali import Calendar
from sarnakh.leads.selectors import NotThere
from sarnakh.web import errors, manners

Handler = Callable[[HttpRequest], HttpResponse]

# Scripts and sheets come from our own files only. `style-src-attr` is open for values like style="--v:82%",
# which is how bars and rings get their length; it lets no sheet and no script in.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# What these answer is for programs: no language, and no question to the database for it.
log = logging.getLogger(__name__)

MACHINE_PATHS = ("/api/", "/v1/", "/in/", "/t.js", "/w/", "/o/", "/c/", "/cal/", "/healthz", "/readyz", "/metrics")


def SecurityHeaders(get_response: Handler) -> Handler:
    """Set the content security policy. A view that may be embedded puts the sites on `response.framed_by`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        framed_by = tuple(getattr(response, "framed_by", ()))
        policy = {**POLICY, "frame-ancestors": " ".join(("'self'", *framed_by))} if framed_by else POLICY
        response.headers.setdefault(
            "Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())
        )
        if not framed_by:
            response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    return middleware


def UserLanguage(get_response: Handler) -> Handler:
    """Answer in the user's language; else the cookie's, else the browser's, else the organisation's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(MACHINE_PATHS):
            with translation.override("en"):
                return get_response(request)
        try:
            organisation = selectors.organisation()
        except selectors.NotSetUp:
            organisation = None
        language = language_of(request, organisation)
        time_zone = organisation.time_zone if organisation else "Asia/Tehran"
        calendar: Calendar = "gregorian" if organisation and organisation.calendar == "gregorian" else "jalali"
        request.organisation = organisation  # type: ignore[attr-defined]  # read by context.shell
        with (
            translation.override(language),
            timezone.override(ZoneInfo(time_zone)),
            manners.override(manners.Manners(language=language, calendar=calendar)),
        ):
            response = get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()  # a lazy answer must be written while the language still holds
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
        return response

    return middleware


def language_of(request: HttpRequest, organisation: Organisation | None) -> str:
    """One of the two languages we speak."""
    known = dict(settings.LANGUAGES)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.language in known:
        return str(user.language)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in known:
        return chosen
    for accepted in request.headers.get("Accept-Language", "").split(","):
        code = accepted.split(";")[0].strip().lower().split("-")[0]
        if code in known:
            return code
    return organisation.language if organisation and organisation.language in known else settings.LANGUAGE_CODE


def Refusals(get_response: Handler) -> Handler:
    """Turn what a page lets pass into its answer, in one place: not there 404, not allowed 403, not set
    up or no database 503."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotThere):
            return errors.not_found(request)
        if isinstance(exception, selectors.Forbidden):
            return errors.forbidden(request)
        if isinstance(exception, selectors.NotSetUp):
            return errors.not_set_up(request)
        if isinstance(exception, OperationalError | InterfaceError):
            log.warning("%s %s: the database does not answer: %s", request.method, request.path, exception)
            return errors.unavailable(request)
        return None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]  # Django's hook of a middleware
    return middleware
