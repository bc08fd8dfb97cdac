from django.apps import AppConfig


class NurtureConfig(AppConfig):
    name = "sarnakh.nurture"
    label = "nurture"
