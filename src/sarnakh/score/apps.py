from django.apps import AppConfig


class ScoreConfig(AppConfig):
    name = "sarnakh.score"
    label = "score"
