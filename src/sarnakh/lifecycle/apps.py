from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "sarnakh.lifecycle"
    label = "lifecycle"
