"""Every address of the system: the app's own pages; what cannot be shown goes to `web.errors`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("sarnakh.web.urls")),
]

handler403 = "sarnakh.web.errors.forbidden"
handler404 = "sarnakh.web.errors.not_found"
handler500 = "sarnakh.web.errors.server_error"
