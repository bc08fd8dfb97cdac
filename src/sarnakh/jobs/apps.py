from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "sarnakh.jobs"
    label = "jobs"
