from django.apps import AppConfig


class CaptureConfig(AppConfig):
    name = "sarnakh.capture"
    label = "capture"
