"""From a lead to a deal and its end; talks and tasks on the way."""

from __future__ import annotations

import pytest

from sarnakh.engage.models import Task
from sarnakh.leads.models import Lead


def ok(answer, status=200):
    assert answer.status_code == status, answer.content[:600]
    return answer.json()


def convert(house, lead, **body):
    return ok(house.rep.post(f"/leads/{lead.id}/convert", {"deal": {"title": "CRM", "amount": 5_000}, **body}), 201)


def test_a_lead_moves_forward_by_hand_and_back_only_with_a_reason(house):
    lead = house.lead()
    assert ok(house.rep.post(f"/leads/{lead.id}/stage", {"to": "mql"}))["stage"] == "mql"
    told = ok(house.rep.post(f"/leads/{lead.id}/stage", {"to": "sql"}))
    assert told["stage"] == "sql"
    assert told["milestones"]["sql_at"]
    assert house.rep.post(f"/leads/{lead.id}/stage", {"to": "mql"}).status_code in (409, 422)
    refused = house.rep.post(f"/leads/{lead.id}/stage", {"to": "lead"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "reason"
    assert ok(house.rep.post(f"/leads/{lead.id}/stage", {"to": "lead", "reason": "wrong person"}))["stage"] == "lead"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "customer"}, "to"),
        ({"to": "nowhere"}, "to"),
        ({}, "to"),
        ({"to": "disqualified"}, "reason"),
        ({"to": "disqualified", "reason": "x" * 61}, "reason"),
        ({"to": "deferred", "reason": "later"}, "until"),
        ({"to": "mql", "until": "2030-01-01T00:00:00Z"}, "until"),
        ({"to": "mql", "at": "2126-01-01T00:00:00Z"}, "at"),
        ({"to": "mql", "at": "2001-01-01T00:00:00Z"}, "at"),
    ],
)
def test_a_wrong_move_names_the_field(house, body, field):
    answer = house.manager.post(f"/leads/{house.lead().id}/stage", body)
    assert answer.status_code == 422, answer.content[:300]
    assert field in [each["field"] for each in answer.json()["errors"]]


def test_a_conversion_makes_contact_company_and_deal_once(house):
    lead = house.lead()
    made = convert(house, lead, company="Pars")
    assert made["contact"]
    assert made["company"]
    again = house.rep.post(f"/leads/{lead.id}/convert", {})
    assert again.status_code == 409
    assert {name: again.json()[name] for name in made} == made
    deal = ok(house.rep.get(f"/deals/{made['deal']}"))
    assert (deal["amount"], deal["currency"], deal["status"], deal["lead"]) == (5_000, "IRR", "open", lead.id)
    assert ok(house.rep.get(f"/contacts/{made['contact']}"))["company_name"] == "Pars"
    assert ok(house.rep.get(f"/companies/{made['company']}"))["name"] == "Pars"
    another = ok(house.rep.post("/deals", {"lead": lead.id, "title": "More", "amount": 7}), 201)
    assert {item["id"] for item in ok(house.rep.get("/deals"))["items"]} == {made["deal"], another["id"]}


def test_toman_is_kept_as_rial_and_a_float_is_refused(house):
    lead = house.lead()
    made = ok(house.rep.post(f"/leads/{lead.id}/convert", {"deal": {"amount": 5, "currency": "IRT"}}), 201)
    deal = ok(house.rep.get(f"/deals/{made['deal']}"))
    assert (deal["amount"], deal["currency"]) == (50, "IRR")
    assert house.rep.patch(f"/deals/{made['deal']}", {"amount": 5.0}).status_code == 422
    assert house.rep.patch(f"/deals/{made['deal']}", {"amount": "5"}).status_code == 422
    assert house.rep.patch(f"/deals/{made['deal']}", {"currency": "ZZZ"}).status_code == 422


def test_winning_makes_a_customer_and_reopening_takes_it_back(house):
    lead = house.lead()
    deal = convert(house, lead)["deal"]
    assert ok(house.rep.patch(f"/deals/{deal}", {"status": "won"}))["closed_at"]
    assert ok(house.rep.get(f"/leads/{lead.id}"))["stage"] == "customer"
    fixed = house.rep.patch(f"/deals/{deal}", {"amount": 9})
    assert fixed.status_code == 409
    ok(house.rep.patch(f"/deals/{deal}", {"status": "open", "reason": "not yet paid", "amount": 9}))
    assert ok(house.rep.get(f"/leads/{lead.id}"))["stage"] == "sql"
    assert house.rep.patch(f"/deals/{deal}", {"status": "lost"}).status_code == 422
    assert house.rep.patch(f"/deals/{deal}", {"status": None}).json()["errors"][0]["code"] == "null"


def test_a_talk_is_recorded_and_closes_the_task_it_answers(house):
    lead = house.lead()
    task = ok(house.rep.post("/tasks", {"lead": lead.id, "kind": "call", "due_at": "2030-01-01T10:00:00+03:30"}), 201)
    assert task["owner"] == house.rep.user.id
    Task.objects.exclude(id=task["id"]).delete()
    call = {"lead": lead.id, "kind": "call", "outcome": "connected", "text": "yes", "duration_s": 60}
    told = ok(house.rep.post("/activities", call), 201)
    assert (told["direction"], told["actor"]) == ("outbound", house.rep.user.id)
    assert ok(house.rep.get(f"/tasks/{task['id']}"))["outcome"] == "done"
    assert [item["id"] for item in ok(house.rep.get(f"/activities?lead={lead.id}"))["items"]] == [told["id"]]
    assert house.rep.patch(f"/tasks/{task['id']}", {"outcome": "cancelled"}).status_code == 409


def test_a_task_is_moved_and_closed(house):
    lead = house.lead()
    body = {"lead": lead.id, "kind": "todo", "title": "send it", "due_at": "2030-01-01T10:00:00Z"}
    task = ok(house.rep.post("/tasks", body), 201)
    moved = ok(house.rep.patch(f"/tasks/{task['id']}", {"due_at": "2031-01-01T10:00:00Z"}))
    assert moved["due_at"].startswith("2031")
    assert ok(house.rep.patch(f"/tasks/{task['id']}", {"outcome": "done"}))["done_at"]
    assert task["id"] in [item["id"] for item in ok(house.rep.get("/tasks?done=true"))["items"]]
    assert task["id"] not in [item["id"] for item in ok(house.rep.get("/tasks?done=false"))["items"]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/activities", {"kind": "note"}, "text"),
        ("/activities", {"kind": "visit"}, "kind"),
        ("/activities", {"kind": "note", "text": "x", "outcome": "connected"}, "outcome"),
        ("/activities", {"kind": "call", "duration_s": -1}, "duration_s"),
        ("/activities", {"kind": "note", "text": "x", "direction": "inbound"}, "direction"),
        ("/tasks", {"kind": "todo", "due_at": "2030-01-01T10:00:00Z"}, "title"),
        ("/tasks", {"kind": "call"}, "due_at"),
        ("/tasks", {"kind": "call", "due_at": "soon"}, "due_at"),
        ("/tasks", {"kind": "call", "due_at": "2030-01-01T10:00:00Z", "owner": 99_999}, "owner"),
    ],
)
def test_a_wrong_talk_or_task_names_the_field(house, path, body, field):
    answer = house.rep.post(path, {"lead": house.lead().id, **body})
    assert answer.status_code == 422, answer.content[:300]
    assert field in [each["field"] for each in answer.json()["errors"]]


def test_a_repeated_key_makes_one_task_and_answers_the_same(house):
    lead = house.lead()
    body = {"lead": lead.id, "kind": "call", "due_at": "2030-01-01T10:00:00Z"}
    before = Task.objects.count()
    first = house.rep.post("/tasks", body, Idempotency_Key="k")
    again = house.rep.post("/tasks", body, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert Task.objects.count() == before + 1
    assert house.rep.post("/tasks", {**body, "kind": "email"}, Idempotency_Key="k").status_code == 409
    assert house.rep.post("/activities", body, Idempotency_Key="k").status_code in (409, 422)
    assert house.mate.post("/tasks", body, Idempotency_Key="k").status_code == 404


def test_a_refused_request_does_not_spend_its_key(house):
    body = {"lead": house.lead().id, "kind": "todo", "due_at": "2030-01-01T10:00:00Z"}
    assert house.rep.post("/tasks", body, Idempotency_Key="k").status_code == 422
    assert house.rep.post("/tasks", {**body, "title": "x"}, Idempotency_Key="k").status_code == 201


def test_a_key_that_is_too_long_is_refused(house):
    assert house.rep.post("/score-rules/publish", Idempotency_Key="k" * 201).status_code in (403, 422)
    assert house.admin.post("/score-rules/publish", Idempotency_Key="k" * 201).status_code == 422


def test_consents_and_events_are_told_with_their_lead(house):
    body = {"phones": ["09121234567"], "consents": [{"purpose": "marketing", "channel": "sms"}]}
    lead = house.admin.post("/leads", body).json()["id"]
    [consent] = ok(house.admin.get(f"/consents?lead={lead}"))["items"]
    assert (consent["lead"], consent["purpose"], consent["granted"]) == (lead, "marketing", True)
    [created] = ok(house.admin.get(f"/events?lead={lead}&name=lead_created"))["items"]
    assert created["message_id"]
    assert ok(house.admin.get("/events?to=2020-01-01T00:00:00Z"))["items"] == []
    assert house.rep.get(f"/consents?lead={lead}").status_code == 404
    assert Lead.objects.get().id == lead
