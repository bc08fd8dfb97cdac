from django.apps import AppConfig


class DistributeConfig(AppConfig):
    name = "sarnakh.distribute"
    label = "distribute"
