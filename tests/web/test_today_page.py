"""/: what is to do, and the newest leads, inside the gate."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

import factories
from sarnakh.accounts.models import Organisation, User
from sarnakh.distribute.services import hand_over
from sarnakh.engage.ports import NextStep
from sarnakh.engage.services import add_task
from sarnakh.leads.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    Organisation.objects.create(id=1, name="Novin", created_at=factories.AT)
    return factories.make_user(team=factories.make_team())


@pytest.fixture
def as_rep(rep: User) -> Client:
    client = Client()
    client.force_login(rep)
    return client


def owned_lead(owner: User, **card: str) -> Lead:
    lead = factories.make_lead(**card)
    hand_over([lead.id], owner, actor=None, at=factories.AT)
    return Lead.objects.get(id=lead.id)


def test_a_task_that_is_late_says_by_how_much_and_leads_to_the_card(as_rep: Client, rep: User) -> None:
    lead = owned_lead(rep, name="Maryam Rezaei")
    now = timezone.now()
    add_task(lead, NextStep(kind="call", due_at=now - timedelta(hours=2, minutes=5)), actor=rep.id, at=now)
    text = as_rep.get("/").text
    assert "2 hours late" in text
    assert f'href="/leads/{lead.id}"' in text


def test_a_lead_without_a_name_is_called_by_its_phone(as_rep: Client, rep: User) -> None:
    owned_lead(rep, name="", mobile="09120001402")
    assert "0912 000 1402" in as_rep.get("/").text


def test_what_is_not_yours_is_not_shown(as_rep: Client) -> None:
    owned_lead(factories.make_user(team=factories.make_team()), name="Somebody Else")
    text = as_rep.get("/").text
    assert "Somebody Else" not in text
    assert "Nothing is waiting for you" in text


def test_twenty_leads_cost_as_many_questions_as_one(as_rep: Client, rep: User, django_assert_max_num_queries) -> None:
    for number in range(2):
        owned_lead(rep, name=f"Lead {number}")
    as_rep.get("/")
    with django_assert_max_num_queries(20) as few:
        as_rep.get("/")
    for number in range(18):
        owned_lead(rep, mobile=f"0935000{number:04}")
    with django_assert_max_num_queries(20) as many:
        as_rep.get("/")
    assert len(many) <= len(few)
