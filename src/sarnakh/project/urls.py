"""Every address of the system: the app's own pages; what cannot be shown goes to `web.errors`."""

from django.urls import URLPattern, URLResolver, include, path

from sarnakh.api import app as api
from sarnakh.api import tracking
from sarnakh.web.pages import tracker

urlpatterns: list[URLPattern | URLResolver] = [
    path("t.js", tracker.script, name="tracker"),
    path("v1/", include(tracking.urlpatterns)),
    path("api/v1/", include((api.urlpatterns(), "ninja"), namespace="api-v1")),
    path("", include("sarnakh.web.urls")),
]

handler403 = "sarnakh.web.errors.forbidden"
handler404 = "sarnakh.web.errors.not_found"
handler500 = "sarnakh.web.errors.server_error"
