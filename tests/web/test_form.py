"""The public form: what it takes, what it says, who may put it in a frame."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from factories import AT, make_organisation
from sarnakh.capture.models import Capture, CaptureState, Form
from sarnakh.catalogue.models import Product
from sarnakh.kit import ids
from sarnakh.leads.models import Consent, CustomField, Event, Identity, Lead, LeadSource, VisitorLink
from sarnakh.project import seeds

pytestmark = pytest.mark.django_db

FIELDS = [
    {"key": "name", "type": "text", "required": True, "label": {"fa": "نام", "en": "Name"}},
    {"key": "phone", "type": "tel", "required": True, "label": {"fa": "موبایل", "en": "Mobile"}},
    {"key": "email", "type": "email", "label": {"fa": "ایمیل", "en": "E-mail"}},
    {
        "key": "province",
        "type": "select",
        "label": {"fa": "استان", "en": "Province"},
        "options": [{"value": "تهران", "label": {"fa": "تهران", "en": "Tehran"}}, {"value": "قم", "label": "قم"}],
    },
    {"key": "product", "type": "select", "label": "محصول", "options": [{"value": "oil", "label": "روغن"}]},
    {"key": "custom.branches", "type": "number", "label": {"fa": "شعبه", "en": "Branches"}},
    {"key": "custom.note", "type": "textarea", "label": {"fa": "توضیح", "en": "Note"}},
    {"key": "campaign", "type": "hidden", "value": "yalda"},
]
GOOD = {
    "name": "سارا كريمي",
    "phone": "۰۹۱۲ ۰۰۰ ۱۴۰۲",
    "email": "sara@gmail.com",
    "province": "تهران",
    "product": "oil",
    "custom.branches": "۱۲",
    "custom.note": "دو خط\nیک خط",
    "consent": "yes",
}


@pytest.fixture
def form() -> Form:
    make_organisation(name="نوین‌پخش")
    for seed in seeds.SEEDS:
        seed(AT)
    Product.objects.create(slug="oil", name={"fa": "روغن", "en": "Oil"})
    CustomField.objects.create(slug="branches", type="number", name={"fa": "شعبه"})
    CustomField.objects.create(slug="note", type="text", name={"fa": "توضیح"})
    return Form.objects.create(
        slug="estimate",
        name="برآورد",
        fields=FIELDS,
        title={"fa": "برآورد رایگان", "en": "Free estimate"},
        intro={"fa": "یک خط\n- نکته"},
        thanks={"fa": "زود زنگ می‌زنیم.", "en": "We call you soon."},
        consent_text={"fa": "می‌پذیرم با من تماس بگیرید.", "en": "You may contact me."},
        marketing_text={"fa": "خبر هم بفرستید.", "en": "Send me news too."},
        welcome_template="welcome",
        created_at=AT,
    )


@pytest.fixture
def outside() -> Client:
    return Client(enforce_csrf_checks=True)


def hidden(html: str) -> dict[str, str]:
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in pairs}


def fill(client: Client, url: str = "/f/estimate", **typed: str) -> dict[str, str]:
    """What a browser would send: the hidden fields as they came, the good answers, and these."""
    sent = {**hidden(client.get(url).content.decode()), **GOOD, **typed}
    return {name: value for name, value in sent.items() if value or name not in ("consent", "marketing")}


def tag_of(html: str, name: str) -> str:
    found = re.search(rf'<(?:input|select|textarea)[^>]* name="{re.escape(name)}"[^>]*>', html)
    assert found, name
    return found[0]


def test_a_filled_form_becomes_a_lead_with_score_owner_and_consents(outside: Client, form: Form) -> None:
    sent = fill(outside, marketing="yes", visitor_id="device-1", utm_source="telegram", utm_medium="social")
    response = outside.post("/f/estimate", sent, headers={"User-Agent": "Firefox"})
    assert (response.status_code, response["Location"]) == (302, "/f/estimate/thanks?lang=fa")
    assert not response.cookies
    lead = Lead.objects.select_related("person", "product").get()
    assert (lead.person.name, lead.person.province, lead.person.language) == ("سارا کریمی", "تهران", "fa")
    assert lead.person.custom == {"branches": 12, "note": "دو خط\nیک خط"}
    assert lead.product is not None
    assert lead.product.slug == "oil"
    assert lead.score > 0
    assert set(Identity.objects.values_list("value", flat=True)) == {"+989120001402", "sara@gmail.com"}
    given = {(each.purpose, each.channel): each.text for each in Consent.objects.filter(is_granted=True)}
    assert {purpose for purpose, _ in given} == {"service", "marketing"}
    assert {channel for purpose, channel in given if purpose == "service"} == {"email", "sms", "call"}
    assert given["service", "sms"] == "می‌پذیرم با من تماس بگیرید."
    source = LeadSource.objects.get()
    assert (source.source, source.medium, source.campaign, source.form) == ("telegram", "social", "yalda", "estimate")
    assert VisitorLink.objects.get().visitor.key == "device-1"
    capture = Capture.objects.get()
    assert capture.request["agent"] == "Firefox"
    assert capture.request["page"] == "http://testserver/f/estimate"
    assert "زود زنگ می‌زنیم." in outside.get(response["Location"]).content.decode()


WRONG = [
    ("name", "", "This is needed"),
    ("phone", "۰۹۱۲ ۰۰۰ ۱۴", "2 digits are missing"),
    ("phone", "hello", "This does not read as a phone number"),
    ("phone", "", "This is needed"),
    ("email", "sara.gmail.com", "The @ is missing"),
    ("province", "نیویورک", "Choose one of: Tehran، قم"),
    ("product", "gold", "Choose one of: روغن"),
    ("custom.branches", "چند تا", "This must be a number"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_wrong_answer_is_marked_told_and_kept(
    outside: Client, form: Form, name: str, value: str, sentence: str
) -> None:
    sent = fill(outside, **{name: value})
    response = outside.post("/f/estimate?lang=en", sent)
    html = response.content.decode()
    assert response.status_code == 422
    tag = tag_of(html, name)
    assert 'aria-invalid="true"' in tag
    assert "autofocus" in tag
    described = re.search(r'aria-describedby="([^" ]+)', tag)
    assert described
    assert f'id="{described[1]}">{sentence}' in unescape(html)
    assert html.count("aria-invalid") == 1
    for kept in ("name", "email"):
        if kept != name:
            assert f'value="{GOOD[kept].replace("ك", "ک").replace("ي", "ی")}"' in html
    if value and name not in ("province", "product"):
        assert f'value="{value}"' in html
    assert 'value="تهران" selected' in html or name == "province"
    assert "checked" in tag_of(html, "consent")
    assert not Capture.objects.exists()
    # The same page sent again, mended, is taken under the token it came with.
    assert hidden(html)["form_token"] == sent["form_token"]


def test_numbers_in_a_sentence_are_in_the_digits_of_the_page(outside: Client, form: Form) -> None:
    html = outside.post("/f/estimate?lang=fa", fill(outside, phone="0912 000 14")).content.decode()
    assert re.search(r'id="e-2">[^<]*۲', html)


def test_without_the_consent_nothing_is_kept(outside: Client, form: Form) -> None:
    response = outside.post("/f/estimate?lang=en", fill(outside, consent=""))
    html = response.content.decode()
    assert response.status_code == 422
    assert "Without this we may not contact you" in html
    assert "autofocus" in tag_of(html, "consent")
    assert not Capture.objects.exists()


def test_everything_wrong_is_said_at_once_and_the_first_has_the_focus(outside: Client, form: Form) -> None:
    html = outside.post("/f/estimate?lang=fa", {"phone": "۰۹۱۲", "email": "سارا"}).content.decode()
    assert html.count('aria-invalid="true"') == 4  # name, phone, email, consent
    assert html.count("autofocus") == 1
    assert "autofocus" in tag_of(html, "name")


def test_sent_twice_it_is_one_request_and_the_answer_is_the_same(outside: Client, form: Form) -> None:
    sent = fill(outside)
    first, second = outside.post("/f/estimate", sent), outside.post("/f/estimate", sent)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Capture.objects.count() == Event.objects.filter(name="form_submitted").count() == 1


def test_going_back_to_mend_the_number_is_heard(outside: Client, form: Form) -> None:
    sent = fill(outside)
    outside.post("/f/estimate", sent)
    outside.post("/f/estimate", {**sent, "phone": "۰۹۱۲ ۰۰۰ ۱۴۰۳"})
    assert Identity.objects.filter(value="+989120001403").exists()


@pytest.mark.parametrize("kind", ["none", "made up", "of another form", "run out"])
def test_a_token_that_does_not_hold_costs_nobody_their_request(outside: Client, form: Form, kind: str) -> None:
    token = {
        "none": "",
        "made up": "x.y.z\ud83d".encode("utf-8", "replace").decode(),
        "of another form": ids.sign("other:abc", settings.SECRET_KEY, "form"),
        "run out": ids.sign("estimate:abc", settings.SECRET_KEY, "form", expires_at=AT),
    }[kind]
    assert outside.post("/f/estimate", fill(outside, form_token=token)).status_code == 302
    assert Lead.objects.count() == 1


def test_who_fills_the_trap_is_answered_like_anyone_and_kept_as_junk(outside: Client, form: Form) -> None:
    response = outside.post("/f/estimate", fill(outside, homepage="https://spam.example"))
    assert (response.status_code, response["Location"]) == (302, "/f/estimate/thanks?lang=fa")
    assert Capture.objects.get().state == CaptureState.JUNK
    assert not Lead.objects.exists()


def test_the_trap_is_out_of_sight_of_people_and_machines_that_read_to_them(outside: Client, form: Form) -> None:
    html = outside.get("/f/estimate").content.decode()
    assert '<div class="hp" aria-hidden="true">' in html
    assert 'tabindex="-1" autocomplete="off"' in tag_of(html, "homepage")


def test_only_our_origin_and_the_sites_of_the_form_may_frame_it(outside: Client, form: Form) -> None:
    form.allowed_sites = ["https://novin.example", "http://localhost:8000/", "https://evil.example; script-src *"]
    form.save()
    for url in ("/f/estimate", "/f/estimate/thanks"):
        response = outside.get(url)
        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
        assert policy["frame-ancestors"] == ("'self' http://127.0.0.1:8000 https://novin.example http://localhost:8000")
        assert policy["script-src"] == "'self'"
        assert "X-Frame-Options" not in response
        assert not response.cookies
    form.allowed_sites = []
    form.save()
    assert "frame-ancestors 'self' http://127.0.0.1:8000" in outside.get("/f/estimate")["Content-Security-Policy"]


def test_both_languages_come_from_one_form(outside: Client, form: Form) -> None:
    persian, english = outside.get("/f/estimate"), outside.get("/f/estimate?lang=en")
    assert '<html lang="fa" dir="rtl">' in persian.content.decode()
    assert '<html lang="en" dir="ltr">' in english.content.decode()
    assert ("برآورد رایگان" in persian.content.decode(), "Free estimate" in english.content.decode()) == (True, True)
    assert english["Content-Language"] == "en"
    by_browser = outside.get("/f/estimate", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert "You may contact me." in by_browser.content.decode()
    sent = {**fill(outside), "form_token": hidden(english.content.decode())["form_token"]}
    response = outside.post("/f/estimate?lang=en", sent)
    assert "We call you soon." in outside.get(response["Location"]).content.decode()
    assert Consent.objects.filter(text="You may contact me.").exists()


def test_in_a_frame_there_is_the_card_alone_and_the_thanks_stay_in_it(outside: Client, form: Form) -> None:
    html = outside.get("/f/estimate?embed=1", headers={"Referer": "https://novin.example/"}).content.decode()
    assert "<header" not in html
    assert hidden(html)["visitor_page"] == "https://novin.example/"
    response = outside.post("/f/estimate?embed=1&lang=fa", fill(outside))
    assert response["Location"] == "/f/estimate/thanks?lang=fa&embed=1"
    assert "<header" not in outside.get(response["Location"]).content.decode()


def test_a_tagged_address_is_remembered_without_any_script(outside: Client, form: Form) -> None:
    outside.post("/f/estimate", fill(outside, "/f/estimate?utm_source=google&utm_medium=cpc&utm_campaign=bahar"))
    source = LeadSource.objects.get()
    assert (source.source, source.medium) == ("google", "cpc")


def test_a_view_is_counted_once_for_a_known_device(outside: Client, form: Form) -> None:
    token = hidden(outside.get("/f/estimate").content.decode())["form_token"]
    for _ in range(2):
        told = {"aid": "device-1", "token": token, "page": "https://novin.example/price"}
        assert outside.post("/f/estimate/seen", told).status_code == 204
    assert Event.objects.get(name="form_viewed").props == {"form": "estimate", "page": "https://novin.example/price"}
    assert outside.post("/f/estimate/seen", {"aid": "device-2", "token": "made up"}).status_code == 204
    assert Event.objects.filter(name="form_viewed").count() == 1


@pytest.mark.parametrize("sent", [{"custom.note": "x" * 300_000}, {f"field{n}": "1" for n in range(600)}])
def test_too_much_is_told_on_the_page(outside: Client, form: Form, sent: dict[str, Any]) -> None:
    response = outside.post("/f/estimate?lang=en", {**GOOD, **sent})
    assert response.status_code == 413
    assert "more than a form can take" in response.content.decode()
    assert not Capture.objects.exists()


def test_what_no_database_stores_is_left_out(outside: Client, form: Form) -> None:
    response = outside.post("/f/estimate", fill(outside, name="سا\x00را", visitor_id="a\x00b", utm_source="x" * 999))
    assert response.status_code == 302
    assert Lead.objects.get().person.name == "سارا"
    assert len(LeadSource.objects.get().source) == 120


@pytest.mark.parametrize("url", ["/f/nothing", "/f/nothing/thanks"])
def test_a_form_that_is_not_there_is_not_found(outside: Client, form: Form, url: str) -> None:
    assert outside.get(url).status_code == 404
    Form.objects.update(is_active=False)
    assert outside.get("/f/estimate").status_code == 404
    assert outside.post("/f/estimate", GOOD).status_code == 404


def test_an_answer_is_kept_as_it_arrived_with_its_moment(outside: Client, form: Form) -> None:
    before = timezone.now()
    outside.post("/f/estimate", fill(outside))
    capture = Capture.objects.get()
    assert before <= capture.at <= timezone.now()
    assert (capture.channel, capture.form_id, capture.state) == ("form", form.id, CaptureState.CREATED)
