from django.apps import AppConfig


class EngageConfig(AppConfig):
    name = "sarnakh.engage"
    label = "engage"
