from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "sarnakh.catalogue"
    label = "catalogue"
