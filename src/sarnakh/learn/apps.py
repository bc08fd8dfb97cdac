from django.apps import AppConfig


class LearnConfig(AppConfig):
    name = "sarnakh.learn"
    label = "learn"
