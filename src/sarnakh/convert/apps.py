from django.apps import AppConfig


class ConvertConfig(AppConfig):
    name = "sarnakh.convert"
    label = "convert"
