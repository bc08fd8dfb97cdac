"""Every address of the app's own pages. One module a screen in `web/pages/`."""

from allauth.account import views as account
from django.urls import include, path, re_path

from sarnakh.web.pages import demo_site, form, lead, preferences, setup, today, unsubscribe

urlpatterns = [
    path("", today.page, name="today"),
    path("leads/<int:lead_id>", lead.page, name="lead"),
    path("leads/<int:lead_id>/timeline", lead.events, name="lead_events"),
    path("leads/<int:lead_id>/activities", lead.log, name="lead_log"),
    path("leads/<int:lead_id>/tasks", lead.add_task, name="lead_task"),
    path("leads/<int:lead_id>/checklist", lead.check, name="lead_check"),
    path("leads/<int:lead_id>/stage", lead.move, name="lead_move"),
    path("leads/<int:lead_id>/convert", lead.convert, name="lead_convert"),
    *(
        path(f"deals/<int:deal_id>/{status}", lead.set_deal, {"status": status}, name=f"deal_{status}")
        for status in ("won", "lost", "open")
    ),
    path("tasks/<int:task_id>/done", lead.finish_task, name="task_done"),
    path("tasks/<int:task_id>/later", lead.put_off_task, name="task_later"),
    path("setup/<str:token>", setup.page, name="setup"),
    path("f/<slug:slug>", form.page, name="form"),
    path("f/<slug:slug>/thanks", form.thanks, name="form_thanks"),
    path("f/<slug:slug>/seen", form.seen, name="form_seen"),
    path("demo-site/", demo_site.page, name="demo_site"),
    path("demo-site/<slug:name>", demo_site.page, name="demo_site_page"),
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
