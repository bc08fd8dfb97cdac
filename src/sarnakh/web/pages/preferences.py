"""The language and the theme: the user's own, or a cookie's for whoever has not signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sarnakh.accounts.models import User

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "sarnakh_theme"
YEAR = 365 * 86400


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language and go back to the page it was asked from."""
    return _remember(request, "language", tuple(dict(settings.LANGUAGES)), settings.LANGUAGE_COOKIE_NAME)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember auto, light or dark and go back to the page it was asked from."""
    return _remember(request, "theme", THEMES, THEME_COOKIE)


def _remember(request: HttpRequest, field: str, known: tuple[str, ...], cookie: str) -> HttpResponse:
    response: HttpResponse = redirect(_way_back(request))
    chosen = request.POST.get(field, "")
    if chosen in known:
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(**{field: chosen})
        response.set_cookie(cookie, chosen, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def _way_back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and is_ours else "/"
