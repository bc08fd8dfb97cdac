from django.urls import URLPattern, URLResolver, path

from sarnakh.web.pages import unsubscribe

urlpatterns: list[URLPattern | URLResolver] = [
    path("u/<str:token>", unsubscribe.page, name="unsubscribe"),
]
