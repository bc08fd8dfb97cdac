"""/f/<slug>: a public form, alone or in a frame on somebody's site.

It needs no script and sets no cookie, so it also works in a frame whose cookies the browser blocks. What stands in for
a session is a signed token, made when the form is shown: the same token with the same words is one capture, however
often it is sent. A token that is not ours or has run out costs nobody their request: it is taken under a fresh key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sarnakh.capture import forms
from sarnakh.capture.forms import FormField, Terms
from sarnakh.capture.messages import sentence
from sarnakh.capture.models import Form
from sarnakh.capture.rules import ORIGIN_FIELDS, CaptureRefused, Problem, checked
from sarnakh.capture.selectors import open_form
from sarnakh.capture.services import Arrival, known, record_view
from sarnakh.kit import ids
from sarnakh.kit.text import clean_line, pick
from sarnakh.lifecycle import intake
from sarnakh.web import manners

LANGUAGES = ("fa", "en")
TOKEN, TOKEN_LASTS = "form_token", timedelta(hours=24)
HONEYPOT = "homepage"  # no field of a form may have this key
VISITOR, PAGE, REFERRER = "visitor_id", "visitor_page", "visitor_referrer"
LARGEST = 256 * 1024  # bytes of what is sent
LONGEST_ADDRESS = 2000
_SITE = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?")
_VISITOR = re.compile(r"[\w.:-]{1,100}")
# What browsers fill in by themselves; `inputmode` brings up the right keys on a phone.
AUTOCOMPLETE = {
    "name": "name",
    "phone": "tel",
    "email": "email",
    "company": "organization",
    "job_title": "organization-title",
    "province": "address-level1",
    "city": "address-level2",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A field as it is drawn: what was typed, and the sentence about it."""

    field: FormField
    value: str
    error: str
    is_focused: bool

    @property
    def autocomplete(self) -> str:
        return AUTOCOMPLETE.get(self.field.key, "off")


@dataclass(frozen=True, slots=True)
class Shown:
    """A form about to be drawn in `language`."""

    form: Form
    language: str
    fields: tuple[FormField, ...]
    terms: Terms
    is_framed: bool

    @property
    def query(self) -> str:
        """What the addresses of this form carry on: its language and whether it stands in a frame."""
        return urlencode({"lang": self.language, **({"embed": "1"} if self.is_framed else {})})


@csrf_exempt  # in a frame on another site there is no cookie to compare with; the form acts for nobody's session
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form; take what was sent, or show it again with what is wrong and all that was typed."""
    shown = _shown(request, slug)
    with _speaking(shown.language):
        if request.method != "POST":
            return _answer(request, shown, sent=_first_words(request, shown), token=_token(shown.form))
        try:
            if int(request.headers.get("Content-Length") or 0) > LARGEST:
                raise RequestDataTooBig
            sent = request.POST.dict()
        except (RequestDataTooBig, TooManyFieldsSent):
            note = _("This is more than a form can take. Write less, and send it again.")
            return _answer(request, shown, sent={}, token=_token(shown.form), note=note, status=413)
        return _take(request, shown, {name: str(value) for name, value in sent.items()})


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    """What is said once it has arrived."""
    shown = _shown(request, slug)
    with _speaking(shown.language):
        context = {**_frame(request, shown), "thanks": pick(shown.form.thanks, shown.language)}
        return _dressed(request, shown, render(request, "public/thanks.html", context))


@csrf_exempt  # as the form
@require_POST
def seen(request: HttpRequest, slug: str) -> HttpResponse:
    """The form's script tells whose device shows it. Whatever it says wrongly is not worth an error."""
    form = open_form(slug)
    visitor, showing = request.POST.get("aid", ""), _showing(request.POST.get("token", ""), slug, timezone.now())
    if form is not None and showing and _VISITOR.fullmatch(visitor):
        at = _address(request.POST.get("page", ""))
        record_view(form, visitor=visitor, page=at, showing=showing, at=timezone.now())
    return HttpResponse(status=204)


def _shown(request: HttpRequest, slug: str) -> Shown:
    form = open_form(slug)
    if form is None:
        raise Http404
    asked = request.GET.get("lang", "")
    language = asked if asked in LANGUAGES else translation.get_language() or "fa"
    return Shown(
        form=form,
        language=language,
        fields=forms.fields_of(form.fields, language=language),
        terms=Terms(pick(form.consent_text, language), pick(form.marketing_text, language)),
        is_framed="embed" in request.GET,
    )


class _speaking(translation.override):
    """The language of the form, for texts and for the digits of the page alike."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._manners = manners.override(manners.Manners(language, manners.current().calendar))

    def __enter__(self) -> None:
        super().__enter__()
        self._manners.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._manners.__exit__(*error)
        super().__exit__(*error)


# --- the token -------------------------------------------------------------------------------------------------------


def _token(form: Form) -> str:
    payload = f"{form.slug}:{ids.new_token(12)}"
    return ids.sign(payload, settings.SECRET_KEY, "form", expires_at=timezone.now() + TOKEN_LASTS)


def _showing(token: str, slug: str, at: datetime) -> str:
    """The showing of this form that a token was made for; "" when it is not ours or has run out."""
    try:
        named, _sep, nonce = ids.unsign(token, settings.SECRET_KEY, "form", at=at).partition(":")
    except ids.SignatureError:
        return ""
    return nonce if named == slug else ""


# --- taking it -------------------------------------------------------------------------------------------------------


def _take(request: HttpRequest, shown: Shown, sent: Mapping[str, str]) -> HttpResponse:
    now = timezone.now()
    typed = forms.typed_in(shown.fields, sent)
    body, problems = _read(shown, typed, sent, now)
    if problems:
        return _answer(request, shown, sent=sent, token=_kept_token(shown.form, sent, now), problems=problems)
    showing = _showing(sent.get(TOKEN, ""), shown.form.slug, now) or ids.new_token(12)
    # With the words in the key, somebody who goes back and mends a digit is heard as well.
    words = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:24]
    arrival = Arrival(
        key=f"form:{shown.form.id}:{showing}:{words}",
        channel="form",
        body=body,
        at=now,
        request=_circumstances(request, sent),
        form=shown.form.id,
        junk_reason="honeypot" if sent.get(HONEYPOT) else "",
    )
    try:
        intake.receive(arrival)
    except (OperationalError, TimeoutError):  # not stored: the same token makes sending it again safe
        note = _("We could not keep this just now. Nothing you wrote is lost: send it again in a moment.")
        token = _kept_token(shown.form, sent, now)
        return _answer(request, shown, sent=sent, token=token, note=note, status=503)
    return _framed(shown, HttpResponseRedirect(f"{reverse('form_thanks', args=[shown.form.slug])}?{shown.query}"))


def _read(
    shown: Shown, typed: Mapping[str, str], sent: Mapping[str, str], now: datetime
) -> tuple[dict[str, Any], dict[str, Problem]]:
    """The body to store and, by field, the first thing wrong with each."""
    own = known()
    body, found = forms.body_of(shown.fields, typed, custom=own.custom, language=shown.language)
    ticked = frozenset(name for name in (forms.CONSENT, forms.MARKETING) if sent.get(name))
    consents, missing = forms.consents_of(shown.terms, ticked)
    if consents:
        body["consents"] = consents
    problems = {problem.field: problem for problem in reversed(found)}
    try:
        checked(body, known=own, now=now)
    except CaptureRefused as refused:
        for problem in refused.problems:
            problems.setdefault(forms.field_of(problem, shown.fields, typed), problem)
    return body, problems | {problem.field: problem for problem in missing}


def _kept_token(form: Form, sent: Mapping[str, str], now: datetime) -> str:
    token = sent.get(TOKEN, "")
    return token if _showing(token, form.slug, now) else _token(form)


def _circumstances(request: HttpRequest, sent: Mapping[str, str]) -> dict[str, Any]:
    """Whose device, from which page, by which campaign; hidden fields, filled by the address or by our script."""
    visitor = sent.get(VISITOR, "")
    utm = {name: clean_line(sent.get(f"utm_{name}", ""))[:most] for name, most in ORIGIN_FIELDS.items()}
    return {
        "visitor": visitor if _VISITOR.fullmatch(visitor) else "",
        "page": _address(sent.get(PAGE, "")),
        "referrer": _address(sent.get(REFERRER, "")),
        "agent": clean_line(request.headers.get("User-Agent", ""))[:400],
        "ip": request.META.get("REMOTE_ADDR", ""),
        "utm": {name: value for name, value in utm.items() if value},
    }


def _address(text: str) -> str:
    address = clean_line(text)[:LONGEST_ADDRESS]
    return address if address.startswith(("https://", "http://")) else ""


# --- showing it ------------------------------------------------------------------------------------------------------


def _first_words(request: HttpRequest, shown: Shown) -> dict[str, str]:
    """What a form that is opened knows by itself: where it was opened from, and what its address was tagged with.

    Only hidden fields are filled from the address: anyone can write a link.
    """
    referrer = _address(request.headers.get("Referer", ""))
    here = request.build_absolute_uri(request.path)
    words = {PAGE: referrer if shown.is_framed else here, REFERRER: "" if shown.is_framed else referrer}
    hidden = [field.key for field in shown.fields if field.type == "hidden" and not field.fixed]
    for name in (*(f"utm_{name}" for name in ORIGIN_FIELDS), *hidden):
        words[name] = request.GET.get(name, "")
    return words


def _answer(
    request: HttpRequest,
    shown: Shown,
    *,
    sent: Mapping[str, str],
    token: str,
    problems: Mapping[str, Problem] | None = None,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    typed = forms.typed_in(shown.fields, sent)
    wrong = [field.key for field in shown.fields if field.type != "hidden" and field.key in problems]
    drawn = {*wrong, forms.CONSENT}
    # What is wrong with nothing that is drawn is said above all of it.
    said = {key: manners.digits(sentence(problem)) for key, problem in problems.items()}
    note = note or " ".join(f"{words}." for key, words in said.items() if key not in drawn)
    context = {
        **_frame(request, shown),
        "rows": [
            Row(
                field,
                typed[field.key],
                said[field.key] if field.key in wrong else "",
                field.key == (wrong or [""])[0],
            )
            for field in shown.fields
        ],
        "terms": shown.terms,
        "ticked": {name for name in (forms.CONSENT, forms.MARKETING) if sent.get(name)},
        "consent_error": said.get(forms.CONSENT, ""),
        "is_consent_focused": forms.CONSENT in problems and not wrong,
        "note": note,
        "token": token,
        "honeypot": HONEYPOT,
        "circumstances": [
            (name, clean_line(sent.get(name, ""))[:LONGEST_ADDRESS])
            for name in (VISITOR, PAGE, REFERRER, *(f"utm_{name}" for name in ORIGIN_FIELDS))
        ],
    }
    if problems:
        status = 422
    return _dressed(request, shown, render(request, "public/form.html", context, status=status))


def _frame(request: HttpRequest, shown: Shown) -> dict[str, Any]:
    """What form and thank-you page share."""
    form, language = shown.form, shown.language
    organisation = getattr(request, "organisation", None)
    lines = [line.strip() for line in pick(form.intro, language).splitlines() if line.strip()]
    return {
        "form": form,
        "title": pick(form.title, language) or form.name,
        "lead": [line for line in lines if not line.startswith("- ")],
        "points": [line.removeprefix("- ") for line in lines if line.startswith("- ")],
        "button": pick(form.button, language),
        "organisation_name": organisation.name if organisation else "",
        "page_language": language,
        "page_direction": "rtl" if language == "fa" else "ltr",
        "other_language": "en" if language == "fa" else "fa",
        "other_query": urlencode({**dict(parse_qsl(request.META.get("QUERY_STRING", ""))), "lang": _other(language)}),
        "query": shown.query,
        "is_framed": shown.is_framed,
    }


def _other(language: str) -> str:
    return "en" if language == "fa" else "fa"


def _dressed(request: HttpRequest, shown: Shown, response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)  # a token shared by two visitors would make one of their requests
    response.headers["Content-Language"] = shown.language
    return _framed(shown, response)


def _framed(shown: Shown, response: HttpResponse) -> HttpResponse:
    """Let our own pages and the sites of this form put it in a frame, nobody else."""
    base = urlsplit(settings.BASE_URL)
    sites = [str(site).rstrip("/") for site in shown.form.allowed_sites]
    response.framed_by = (f"{base.scheme}://{base.netloc}", *(site for site in sites if _SITE.fullmatch(site)))  # type: ignore[attr-defined]  # read by SecurityHeaders
    return response
