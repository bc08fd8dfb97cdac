from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "sarnakh.outbox"
    label = "outbox"
