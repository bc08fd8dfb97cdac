from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sarnakh.accounts"
    label = "accounts"
