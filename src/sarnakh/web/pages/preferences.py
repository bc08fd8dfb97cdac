"""The language and the theme: the user's own, or a cookie's for whoever has not signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sarnakh.accounts import services

THEMES = services.THEMES
THEME_COOKIE = "sarnakh_theme"
YEAR = 365 * 86400


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language and go back to the page it was asked from."""
    chosen = request.POST.get("language", "")
    if chosen not in services.LANGUAGES:
        return redirect(_way_back(request))
    if request.user.is_authenticated:
        services.set_language(request.user, language=chosen)
    return _back_with(request, settings.LANGUAGE_COOKIE_NAME, chosen)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember auto, light or dark and go back to the page it was asked from."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return redirect(_way_back(request))
    if request.user.is_authenticated:
        services.set_theme(request.user, theme=chosen)
    return _back_with(request, THEME_COOKIE, chosen)


def _back_with(request: HttpRequest, cookie: str, chosen: str) -> HttpResponse:
    response = redirect(_way_back(request))
    response.set_cookie(cookie, chosen, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def _way_back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and is_ours else "/"
