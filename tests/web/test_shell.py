"""What every page carries: headers, language, theme, a way around that leads nowhere false."""

import pytest
from django.test import Client

import factories
from sarnakh.accounts.models import Organisation, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return Organisation.objects.create(id=1, name="Novin", created_at=factories.AT)


def signed_in(**fields: object) -> Client:
    client = Client()
    client.force_login(factories.make_user(**fields))
    return client


def test_no_page_may_run_a_script_that_is_not_ours(client: Client) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_language_is_the_cookies_then_the_browsers_then_the_organisations(
    client: Client, organisation: Organisation
) -> None:
    assert 'lang="fa"' in client.get("/sign-in").text
    assert 'lang="en" dir="ltr"' in client.get("/sign-in", headers={"accept-language": "de, en-GB;q=0.8"}).text
    client.cookies["django_language"] = "fa"
    assert 'lang="fa" dir="rtl"' in client.get("/sign-in", headers={"accept-language": "en"}).text


def test_a_user_is_answered_in_the_own_language(organisation: Organisation) -> None:
    lead = factories.make_lead()
    assert 'lang="en"' in signed_in(role="admin", language="en").get(f"/leads/{lead.id}").text
    assert 'lang="fa"' in signed_in(role="admin", language="fa").get(f"/leads/{lead.id}").text


def test_choosing_a_language_is_kept_and_goes_back_to_the_page() -> None:
    client = signed_in(language="en")
    response = client.post("/me/language", {"language": "fa", "next": "/leads/4"})
    assert response.headers["Location"] == "/leads/4"
    assert User.objects.get().language == "fa"


def test_no_way_back_leads_to_another_site(client: Client) -> None:
    response = client.post("/me/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"
    assert 'data-theme="sarnakh-dark"' in client.get("/sign-in").text


def test_without_a_chosen_theme_the_system_decides(client: Client) -> None:
    assert "data-theme=" not in client.get("/sign-in").text


def test_a_place_without_an_address_is_not_drawn(organisation: Organisation) -> None:
    lead = factories.make_lead()
    text = signed_in(role="admin").get(f"/leads/{lead.id}").text
    assert "nav-i" not in text or 'href=""' not in text
    assert 'href="None"' not in text


def test_what_is_not_there_is_a_404_that_tells_nothing(client: Client) -> None:
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "۴۰۴" in response.text


def test_there_is_no_signing_up(client: Client) -> None:
    assert '<form method="post" action="/sign-up"' not in client.get("/sign-up").text


def test_signing_in_with_an_email_and_password() -> None:
    factories.make_user("sara@example.com", password="correct horse 9")
    client = Client()
    assert client.post("/sign-in", {"login": "sara@example.com", "password": "wrong"}).status_code == 200
    response = client.post("/sign-in", {"login": "Sara@example.com", "password": "correct horse 9"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("path", ["/account/password/reset", "/account/password/reset/sent", "/sign-up"])
def test_pages_of_the_door_open_without_an_account(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
