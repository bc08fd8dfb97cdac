"""The first minutes: the page behind the one-time link."""

import pytest
from django.test import Client

import factories
from sarnakh.accounts.models import Organisation, User
from sarnakh.accounts.services import make_setup_link

pytestmark = pytest.mark.django_db

ANSWERS = {
    "organisation": "نوین‌پخش",
    "language": "fa",
    "calendar": "jalali",
    "time_zone": "Asia/Tehran",
    "currency": "IRR",
    "name": "سارا کریمی",
    "email": "sara@example.com",
    "password": "correct horse 9",
    "on_5": "1",
    "from_5": "08:30",
    "to_5": "16:30",
    "on_4": "1",
    "from_4": "12:00",
    "to_4": "09:00",
}


def test_the_answers_make_the_organisation_and_sign_its_admin_in(client: Client) -> None:
    address = f"/setup/{make_setup_link(at=factories.AT)}"
    assert client.get(address).status_code == 200
    response = client.post(address, ANSWERS)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    organisation, admin = Organisation.objects.get(), User.objects.get()
    assert organisation.name == "نوین‌پخش"
    assert organisation.working_week == {"5": [["08:30", "16:30"]]}  # a day that ends before it begins is left out
    assert (admin.role, admin.email) == ("admin", "sara@example.com")
    assert client.session["_auth_user_id"] == str(admin.id)


def test_the_link_opens_once(client: Client) -> None:
    address = f"/setup/{make_setup_link(at=factories.AT)}"
    client.post(address, ANSWERS)
    assert Client().get(address).status_code == 404
    assert Client().post(address, {**ANSWERS, "email": "other@example.com"}).status_code == 404
    assert User.objects.count() == 1


def test_a_weak_password_is_said_at_its_field_and_leaves_the_link_unspent(client: Client) -> None:
    address = f"/setup/{make_setup_link(at=factories.AT)}"
    response = client.post(address, {**ANSWERS, "password": "1234567890"})
    assert response.status_code == 422
    assert response.context["form"].errors["password"]
    assert not Organisation.objects.exists()
    assert client.post(address, ANSWERS).status_code == 302


def test_a_made_up_link_is_not_there(client: Client) -> None:
    assert client.get("/setup/made-up").status_code == 404
