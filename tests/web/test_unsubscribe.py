"""The page behind the link in a message: looking changes nothing, one POST is enough."""

import pytest
from django.test import Client

from factories import AT, make_lead
from sarnakh.leads.models import Consent, Event
from sarnakh.outbox.models import Suppression
from sarnakh.outbox.ports import Draft
from sarnakh.outbox.services import queue
from sarnakh.outbox.tokens import unsubscribe_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def url() -> str:
    """The address in a marketing message to Sara."""
    lead = make_lead(email="sara.ahmadi@example.com")
    draft = Draft(
        key="news:1",
        recipient="sara.ahmadi@example.com",
        subject="s",
        body_text="t",
        purpose="marketing",
        about_lead=lead.id,
        about_person=lead.person_id,
    )
    queue([draft], at=AT)
    return f"/u/{unsubscribe_token('news:1')}"


@pytest.fixture
def outside() -> Client:
    """A mail client: no session, no cookie, CSRF checks on."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(outside: Client, url: str, method: str) -> None:
    for _ in range(3):
        assert getattr(outside, method)(url).status_code == 200
    assert not Suppression.objects.exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_one_click_acts_at_once_without_cookie_or_redirect(
    outside: Client, url: str, body: str, content_type: str
) -> None:
    for _ in range(2):
        response = outside.post(url, data=body, content_type=content_type)
        assert response.status_code == 200
    assert Suppression.objects.get().address == "sara.ahmadi@example.com"
    assert Event.objects.filter(name="consent_withdrawn").count() == 1


def test_the_page_is_in_the_language_of_the_message_and_can_be_had_in_the_other(outside: Client, url: str) -> None:
    persian, english = outside.get(url).content.decode(), outside.get(f"{url}?lang=en").content.decode()
    assert '<html lang="fa" dir="rtl">' in persian
    assert '<html lang="en" dir="ltr">' in english
    assert "Send me nothing at all" in english


def test_the_address_is_not_shown_whole_and_the_page_is_kept_out_of_caches(outside: Client, url: str) -> None:
    response = outside.get(url)
    assert "s…@example.com" in response.content.decode()
    assert "sara.ahmadi" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_each_choice_says_what_it_did(outside: Client, url: str) -> None:
    english = f"{url}?lang=en"
    assert "No more advertising" in outside.post(english, {"choice": "marketing"}).content.decode()
    assert "We will not write to you any more" in outside.post(english, {"choice": "all"}).content.decode()
    assert "We may write to you again" in outside.post(english, {"choice": "resume"}).content.decode()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("token", ["x", "bm9wZQ.forged", "..", ".", "%00", "a" * 5000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_bad_token_is_told_plainly(outside: Client, token: str, method: str) -> None:
    response = getattr(outside, method)(f"/u/{token}?lang=en")
    assert response.status_code == 404
    assert "This link does not work" in response.content.decode()


def test_a_token_of_a_message_that_is_gone_is_told_the_same(outside: Client) -> None:
    assert outside.get(f"/u/{unsubscribe_token('never-sent')}").status_code == 404
    assert outside.post(f"/u/{unsubscribe_token('never-sent')}").status_code == 404


def test_other_methods_are_refused(outside: Client, url: str) -> None:
    assert outside.put(url).status_code == 405
