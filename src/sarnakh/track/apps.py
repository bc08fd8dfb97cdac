from django.apps import AppConfig


class TrackConfig(AppConfig):
    name = "sarnakh.track"
    label = "track"
