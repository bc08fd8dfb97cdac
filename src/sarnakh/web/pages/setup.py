"""The first minutes of a base: the page behind the one-time link. Spent or wrong, it says so and nothing else."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sarnakh.accounts.services import (
    AccountError,
    AlreadySetUp,
    NewUser,
    Setup,
    SetupLinkInvalid,
    default_working_week,
    is_setup_link,
    use_setup_link,
)
from sarnakh.web import manners

NEAR_ZONES = ("Asia/Tehran", "Asia/Kabul", "Asia/Dushanbe", "Asia/Dubai", "Asia/Baghdad", "Europe/Istanbul", "UTC")
CURRENCIES = ("IRR", "USD", "EUR", "AED", "TRY", "IQD", "AFN", "GBP")
WEEK = ("5", "6", "0", "1", "2", "3", "4")  # Saturday first; Monday is 0
HALF_HOURS = [f"{n // 2:02d}:{n % 2 * 30:02d}" for n in range(12, 49)]


class SetupForm(forms.Form):
    """What `accounts.services.set_up` asks for; it checks the values itself, this form only reads them."""

    organisation = forms.CharField(label=_("Name of the organisation"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=[("fa", "فارسی"), ("en", "English")])
    calendar = forms.ChoiceField(
        label=_("Calendar"), choices=[("jalali", _("Jalali (solar)")), ("gregorian", _("Gregorian"))]
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, _("Rial and Toman") if code == "IRR" else code) for code in CURRENCIES]
    )
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail"))
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput, min_length=10)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = sorted(zoneinfo.available_timezones() - set(NEAR_ZONES))
        near, rest = ([(zone, zone.replace("_", " ")) for zone in zones] for zones in (NEAR_ZONES, others))
        self.fields["time_zone"].choices = [(_("Near"), near), (_("All"), rest)]  # type: ignore[attr-defined]
        for name in ("email", "password"):
            self.fields[name].widget.attrs["dir"] = "ltr"
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].widget.attrs["autocomplete"] = "new-password"
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "rtl:text-right")

    def setup(self, week: dict[str, list[list[str]]]) -> Setup:
        given = self.cleaned_data
        return Setup(
            name=given["organisation"],
            language=given["language"],
            calendar=given["calendar"],
            time_zone=given["time_zone"],
            currency=given["currency"],
            working_week=week,
            admin=NewUser(
                email=given["email"], name=given["name"], password=given["password"], language=given["language"]
            ),
        )


def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form; take it, make organisation and admin, sign the admin in."""
    if not is_setup_link(token):
        return render(request, "setup/spent.html", status=404)
    language = get_language() or "fa"
    first = {
        "language": language,
        "calendar": "jalali" if language == "fa" else "gregorian",
        "time_zone": "Asia/Tehran",
    }
    form = SetupForm(request.POST or None, initial={**first, "currency": "IRR"})
    week = _week_of(request) if request.method == "POST" else default_working_week()
    if request.method == "POST" and form.is_valid():
        try:
            _organisation, admin = use_setup_link(token, setup=form.setup(week), at=timezone.now())
        except (SetupLinkInvalid, AlreadySetUp):
            return render(request, "setup/spent.html", status=404)
        except AccountError as error:
            for line in error.details if error.code == "weak" else (str(_("This cannot be used.")),):
                form.add_error(FIELDS.get(error.field), line)
        else:
            login(request, admin, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("/")
    context = {"form": form, "days": _days(week), "times": [(t, manners.digits(t)) for t in HALF_HOURS]}
    return render(request, "setup/page.html", context, status=422 if form.errors else 200)


FIELDS = {
    "name": "organisation",
    "time_zone": "time_zone",
    "currency": "currency",
    "email": "email",
    "password": "password",
}


def _week_of(request: HttpRequest) -> dict[str, list[list[str]]]:
    """The days that are ticked, each with one span; a span that ends before it begins is left out."""
    week = {}
    for day in WEEK:
        opens, closes = request.POST.get(f"from_{day}", ""), request.POST.get(f"to_{day}", "")
        if request.POST.get(f"on_{day}") and opens in HALF_HOURS and closes in HALF_HOURS and opens < closes:
            week[day] = [[opens, closes]]
    return week


def _days(week: dict[str, list[list[str]]]) -> list[dict[str, object]]:
    return [
        {
            "key": day,
            "name": manners.weekday_name(int(day)),
            "is_on": day in week,
            "opens": week[day][0][0] if day in week else "09:00",
            "closes": week[day][0][1] if day in week else "17:00",
        }
        for day in WEEK
    ]
