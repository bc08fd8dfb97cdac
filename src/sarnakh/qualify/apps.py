from django.apps import AppConfig


class QualifyConfig(AppConfig):
    name = "sarnakh.qualify"
    label = "qualify"
