"""POST /leads: what comes of a capture, what is refused, and what a repeated key does."""

from __future__ import annotations

import pytest

from sarnakh.api.endpoints import taking_in
from sarnakh.capture import rules
from sarnakh.capture.models import Capture
from sarnakh.leads.models import Lead, LeadSource

SARA = {"name": "سارا احمدی", "phones": ["09121234567"], "company": "آسمان", "source": "google", "medium": "cpc"}


def test_a_new_person_becomes_a_lead_with_score_and_owner_in_the_answer(house):
    answer = house.admin.post("/leads", SARA)
    told = answer.json()
    assert answer.status_code == 201, told
    assert told["outcome"] == "created"
    assert told["stage"] == "lead"
    assert told["temperature"] == "cold"
    assert set(told) == {"id", "capture", "outcome", "stage", "score", "temperature", "owner"}
    card = house.admin.get(f"/leads/{told['id']}").json()
    assert card["name"] == "سارا احمدی"
    assert card["phones"] == ["+989121234567"]
    assert (card["source"], card["medium"], card["channel"]) == ("google", "cpc", "api")
    assert LeadSource.objects.get(lead=told["id"]).source == "google"


def test_a_known_phone_joins_the_lead_that_is_there(house):
    first = house.admin.post("/leads", SARA).json()
    second = house.admin.post("/leads", {"phones": ["+98 912 123 4567"], "city": "قم"})
    assert second.status_code == 200
    assert second.json()["outcome"] == "merged"
    assert second.json()["id"] == first["id"]


def test_without_a_way_to_reach_the_person_it_is_refused_by_field(house):
    answer = house.admin.post("/leads", {"name": "x"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("phones", "unreachable")]


def test_every_wrong_value_is_named_in_the_callers_language(house):
    wrong = {"phones": ["0912"], "emails": ["x"], "colour": "red", "at": "soon"}
    fields = {e["field"] for e in house.admin.post("/leads", wrong).json()["errors"]}
    assert fields == {"phones[0]", "emails[0]", "colour", "at"}
    house.admin.language = "fa"
    persian = house.admin.post("/leads", {"name": "x"})
    assert persian["Content-Language"] == "fa"


def test_a_repeated_key_acts_once_and_answers_as_it_stands_now(house):
    first = house.admin.post("/leads", SARA, Idempotency_Key="a-1")
    again = house.admin.post("/leads", SARA, Idempotency_Key="a-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Capture.objects.count() == 1
    assert Lead.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(house):
    house.admin.post("/leads", SARA, Idempotency_Key="a-1")
    other = house.admin.post("/leads", {**SARA, "name": "Other"}, Idempotency_Key="a-1")
    assert other.status_code == 409


def test_keys_of_two_callers_are_two_keys(house):
    house.admin.post("/leads", SARA, Idempotency_Key="a-1")
    house.marketer.post("/leads", SARA, Idempotency_Key="a-1")
    assert Capture.objects.count() == 2


def test_the_past_needs_the_right_to_backdate(house):
    past = {**SARA, "at": "2026-01-01T10:00:00+03:30"}
    assert house.rep.post("/leads", past).status_code == 403
    assert house.manager.post("/leads", past).status_code == 201
    assert Lead.objects.get().created_at.isoformat() == "2026-01-01T06:30:00+00:00"


def test_of_a_lead_outside_the_gate_only_the_id_is_told(house):
    lead = house.lead(house.stranger, mobile="09121234567")
    told = house.rep.post("/leads", {"phones": ["09121234567"]}).json()
    assert told["id"] == lead.id
    assert told["outcome"] == "merged"
    assert told["stage"] is None
    assert told["owner"] is None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b'{"phones": ["09121234567"], "name": "a\\u0000b"}', "application/json", 422),
        (b'{"phones": ["09121234567"], "cu\\u0000stom": {}}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"{" + b" " * (3 * 1024 * 1024) + b"}", "application/json", 413),
        (b"[" * 100_000, "application/json", 400),
        (b'{"phones": ["09121234567"], "direction": []}', "application/json", 422),
        (b'{"phones": ["09121234567"], "language": {}}', "application/json", 422),
        (b'{"phones": ["09121234567"], "product": {}}', "application/json", 422),
        (b'{"phones": ["09121234567"], "consents": [{"purpose": [], "channel": {}}]}', "application/json", 422),
        (b'{"phones": ["09121234567"], "at": "0001-01-01T00:00:00+14:00"}', "application/json", 422),
    ],
)
def test_bad_input_is_a_problem_and_never_our_fault(house, body, kind, status):
    answer = house.admin.send("POST", "/leads", body, **{"Content-Type": kind})
    assert answer.status_code == status, answer.content[:500]
    assert answer.json()["status"] == status


def test_the_described_body_names_exactly_what_the_rules_read():
    assert set(taking_in.BODY["properties"]) == rules._KNOWN
