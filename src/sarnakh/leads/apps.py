from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "sarnakh.leads"
    label = "leads"
