"""/leads/<id>: who may see the card, what it shows, and what is done on it."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone, translation

import factories
from sarnakh.accounts.models import Organisation, User
from sarnakh.convert.models import Deal
from sarnakh.convert.services import seed_defaults as seed_pipeline
from sarnakh.distribute.services import hand_over
from sarnakh.engage.models import Activity, Task
from sarnakh.leads.models import Lead
from sarnakh.qualify.models import ChecklistItem
from sarnakh.qualify.services import seed_defaults as seed_reasons
from sarnakh.web import manners
from web import cards

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    Organisation.objects.create(id=1, name="Novin", created_at=factories.AT)
    seed_reasons()
    seed_pipeline()
    return factories.make_user(team=factories.make_team(), name="Sara Karimi")


@pytest.fixture
def lead(rep: User) -> Lead:
    at = timezone.now() - timedelta(days=3)
    made = factories.make_lead(name="Maryam Rezaei", mobile="09120001402", at=at)
    hand_over([made.id], rep, actor=None, at=at)
    return Lead.objects.get(id=made.id)


@pytest.fixture
def as_rep(rep: User) -> Client:
    client = Client()
    client.force_login(rep)
    return client


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("make", [cards.full, cards.bare, cards.customer, cards.selling, cards.refused])
def test_the_template_draws_every_kind_of_card(language: str, make, rep: User) -> None:
    request = RequestFactory().get("/leads/1")
    request.user = rep
    with translation.override(language), manners.override(manners.Manners(language=language)):
        card = make()
        text = render_to_string("lead/page.html", {"card": card}, request)
    assert card.name in text
    assert "{%" not in text
    assert "None" not in text.replace("None asked yet", "")


def test_the_lines_of_the_score_add_up_to_the_number_of_the_ring() -> None:
    card = cards.full()
    assert sum(line.points for line in card.score.lines) == pytest.approx(card.score.value)


def test_a_card_shows_who_it_is_and_what_happened(as_rep: Client, lead: Lead) -> None:
    factories.make_event(lead, "page_viewed", at=timezone.now(), title="Pricing <b>", url="https://x.example/pricing")
    text = as_rep.get(f"/leads/{lead.id}").text
    assert "Maryam Rezaei" in text
    assert "0912 000 1402" in text
    assert "Pricing &lt;b&gt;" in text


def test_outside_the_gate_the_card_is_not_there(lead: Lead) -> None:
    client = Client()
    client.force_login(factories.make_user(team=factories.make_team()))
    assert client.get(f"/leads/{lead.id}").status_code == 404
    assert client.post(f"/leads/{lead.id}/activities", {"kind": "note", "text": "x"}).status_code == 404
    assert not Activity.objects.exists()


def test_whoever_has_not_signed_in_is_sent_to_the_door(client: Client, lead: Lead) -> None:
    assert client.get(f"/leads/{lead.id}").headers["Location"] == f"/sign-in?next=/leads/{lead.id}"
    asked = client.get(f"/leads/{lead.id}/timeline", headers={"HX-Request": "true"})
    assert (asked.status_code, asked.headers["HX-Redirect"]) == (204, "/sign-in")


def test_a_marketer_reads_but_does_not_write(lead: Lead) -> None:
    client = Client()
    client.force_login(factories.make_user(role="marketer"))
    assert "composer" not in client.get(f"/leads/{lead.id}").text
    assert client.post(f"/leads/{lead.id}/activities", {"kind": "note", "text": "x"}).status_code == 403


def test_a_call_is_logged_with_its_next_step(as_rep: Client, lead: Lead) -> None:
    tomorrow = (timezone.localtime() + timedelta(days=1)).date().isoformat()
    response = as_rep.post(
        f"/leads/{lead.id}/activities",
        {
            "kind": "call",
            "direction": "outbound",
            "outcome": "connected",
            "text": "Six warehouses",
            "next_at_day": tomorrow,
            "next_at_time": "10:00",
        },
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 200
    assert "Six warehouses" in response.text
    assert 'hx-swap-oob="beforeend"' in response.text
    assert Activity.objects.get().outcome == "connected"
    task = Task.objects.get(created_by__isnull=False)
    assert timezone.localtime(task.due_at, timezone.get_fixed_timezone(210)).hour == 10


def test_what_is_refused_says_why_and_changes_nothing(as_rep: Client, lead: Lead) -> None:
    response = as_rep.post(
        f"/leads/{lead.id}/stage", {"to": "disqualified", "reason": "made_up"}, headers={"HX-Request": "true"}
    )
    assert "Choose one of the reasons in use." in response.text
    assert 'data-k="error"' in response.text
    assert Lead.objects.get(id=lead.id).stage == "lead"


def test_a_lead_lives_from_first_point_to_won_and_open_again(as_rep: Client, lead: Lead) -> None:
    as_rep.post(f"/leads/{lead.id}/checklist", {"item": "need", "is_met": "1", "note": "Two days a month"})
    assert ChecklistItem.objects.get(item="need").is_met
    as_rep.post(f"/leads/{lead.id}/stage", {"to": "sql"})
    as_rep.post(f"/leads/{lead.id}/convert", {"title": "Van sales", "amount": "۶۲۰ میلیون"})
    deal = Deal.objects.get()
    assert (deal.amount, deal.currency) == (6_200_000_000, "IRR")  # typed in Toman, kept in Rial
    as_rep.post(f"/deals/{deal.id}/won")
    assert Lead.objects.get(id=lead.id).stage == "customer"
    as_rep.post(f"/deals/{deal.id}/open", {"reason": "not signed"})
    assert Lead.objects.get(id=lead.id).stage == "sql"
    assert "line-through" in as_rep.get(f"/leads/{lead.id}").text


def test_a_deferred_lead_comes_back_by_hand_with_a_reason(as_rep: Client, lead: Lead) -> None:
    later = (timezone.localtime() + timedelta(days=30)).date().isoformat()
    as_rep.post(f"/leads/{lead.id}/stage", {"to": "deferred", "until": later, "reason": "next budget"})
    assert Lead.objects.get(id=lead.id).stage == "deferred"
    assert "Bring it back" in as_rep.get(f"/leads/{lead.id}").text
    as_rep.post(f"/leads/{lead.id}/stage", {"to": "lead", "reason": "they called"})
    assert Lead.objects.get(id=lead.id).stage == "lead"


def test_a_task_is_finished_or_put_off(as_rep: Client, lead: Lead) -> None:
    tomorrow = (timezone.localtime() + timedelta(days=1)).date().isoformat()
    form = {"kind": "todo", "title": "Send the quote", "due_at_day": tomorrow, "due_at_time": "10:00"}
    as_rep.post(f"/leads/{lead.id}/tasks", form)
    task = Task.objects.get(title="Send the quote")
    as_rep.post(f"/tasks/{task.id}/later")
    assert Task.objects.get(id=task.id).due_at < task.due_at
    as_rep.post(f"/tasks/{task.id}/done")
    assert Task.objects.get(id=task.id).done_at


def test_the_timeline_shows_one_family_and_earlier_pages(as_rep: Client, lead: Lead) -> None:
    at = timezone.now()
    for minute in range(70):
        factories.make_event(lead, "page_viewed", at=at - timedelta(minutes=minute), title=f"Page {minute}")
    first = as_rep.get(f"/leads/{lead.id}/timeline?show=behaviour").text
    assert "Page 0<" in first
    assert "Page 65<" not in first
    cursor = first.split("before=")[1].split('"')[0]
    assert "Page 65<" in as_rep.get(f"/leads/{lead.id}/timeline?show=behaviour&before={cursor}").text
    assert "Page 0<" not in as_rep.get(f"/leads/{lead.id}/timeline?show=change").text


def test_the_card_asks_as_few_questions_for_a_long_history_as_for_a_short_one(
    as_rep: Client, lead: Lead, django_assert_max_num_queries
) -> None:
    as_rep.get(f"/leads/{lead.id}")
    with django_assert_max_num_queries(60) as short:
        as_rep.get(f"/leads/{lead.id}")
    for minute in range(20):
        factories.make_event(lead, "page_viewed", at=timezone.now() - timedelta(minutes=minute), title=f"Page {minute}")
    with django_assert_max_num_queries(60) as long:
        as_rep.get(f"/leads/{lead.id}")
    assert len(long) <= len(short) + 2
