"""Every address of the app's own pages. One module a screen in `web/pages/`."""

from allauth.account import views as account
from django.urls import include, path, re_path

from sarnakh.web.pages import preferences, setup, unsubscribe

urlpatterns = [
    path("setup/<str:token>", setup.page, name="setup"),
    path("u/<str:token>", unsubscribe.page, name="unsubscribe"),
    path("me/language", preferences.language, name="language"),
    path("me/theme", preferences.theme, name="theme"),
    # allauth's pages, under names of ours; it finds them by these URL names.
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("sign-up", account.signup, name="account_signup"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/set", account.password_set, name="account_set_password"),
    path("account/password/reset", account.password_reset, name="account_reset_password"),
    path("account/password/reset/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/password/new", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/two-steps/", include("allauth.mfa.urls")),
]
