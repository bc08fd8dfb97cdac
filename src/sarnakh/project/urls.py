from django.urls import URLPattern, URLResolver, include, path

from sarnakh.api import tracking
from sarnakh.web.pages import tracker, unsubscribe

urlpatterns: list[URLPattern | URLResolver] = [
    path("t.js", tracker.script, name="tracker"),
    path("u/<str:token>", unsubscribe.page, name="unsubscribe"),
    path("v1/", include(tracking.urlpatterns)),
]
