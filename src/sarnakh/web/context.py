"""What the shell around every page shows: the organisation, the way around, who is signed in, how it looks."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sarnakh.web.pages.preferences import THEME_COOKIE, THEMES

# (group, URL name, label, icon, mirrored); a place whose URL does not exist yet is not drawn.
PLACES = (
    ("", "today", _("Today"), "sunrise", False),
    ("", "conversations", _("Conversations"), "messages-square", False),
    ("", "leads", _("Leads"), "users-round", False),
    ("", "deals", _("Deals"), "square-kanban", False),
    ("", "customers", _("Customers"), "building-2", False),
    ("", "tasks", _("Tasks"), "list-checks", True),
    (_("Capture and nurture"), "inbox", _("Inbox"), "inbox", False),
    (_("Capture and nurture"), "forms", _("Forms and pages"), "layout-template", False),
    (_("Capture and nurture"), "journeys", _("Journeys"), "workflow", True),
    (_("Capture and nurture"), "broadcasts", _("Campaigns"), "megaphone", True),
    (_("Measure"), "learn", _("Learn"), "chart-column", False),
    (_("Measure"), "score", _("Scoring"), "gauge", False),
    (_("Measure"), "settings", _("Settings"), "settings", False),
)
ON_THE_PHONE = ("today", "leads", "deals")


@dataclass(frozen=True)
class Place:
    """One line of the navigation."""

    group: str
    name: str
    label: str
    icon: str
    is_mirrored: bool
    url: str
    is_current: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """Template variables of `base.html`; nothing is asked of the database until a template names it."""
    theme = theme_of(request)
    language = get_language() or "en"
    return {
        "organisation": getattr(request, "organisation", None),
        "places": SimpleLazyObject(lambda: places_of(request)),
        "theme": theme,
        "data_theme": {"light": "sarnakh", "dark": "sarnakh-dark"}.get(theme, ""),
        "language": language,
        "direction": "rtl" if language == "fa" else "ltr",
        "other_language": ("en", "English") if language == "fa" else ("fa", "فارسی"),
    }


def places_of(request: HttpRequest) -> list[Place]:
    """The places that exist, the current one marked by the longest path that the request starts with."""
    found: list[tuple[str, str, str, str, bool, str]] = []
    for group, name, label, icon, is_mirrored in PLACES:
        try:
            found.append((str(group), name, str(label), icon, is_mirrored, reverse(name)))
        except NoReverseMatch:
            continue
    here = [url for *_, url in found if request.path == url or (url != "/" and request.path.startswith(f"{url}/"))]
    current = max(here, key=len, default="")
    return [Place(*row, is_current=row[-1] == current) for row in found]


def theme_of(request: HttpRequest) -> str:
    """auto, light or dark: the user's, else the cookie's."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.theme)
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"
