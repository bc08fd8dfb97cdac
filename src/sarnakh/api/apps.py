from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sarnakh.api"
    label = "api"
