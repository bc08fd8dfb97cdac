"""Who may see and do what: every address with every role; keys, scopes, and what stays the same number of questions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.conftest import caller_for
from factories import make_user
from sarnakh.accounts.models import ApiToken
from sarnakh.accounts.services import revoke_token
from sarnakh.api import door
from sarnakh.api.app import api
from sarnakh.outbox.models import Message

OPERATIONS = [
    (method.upper(), path.removeprefix("/api/v1"))
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method in methods
]
# What each of these names below is outside the gate of a rep of another team.
OBJECTS = ("lead_id", "deal_id", "task_id", "contact_id", "company_id", "send_id", "capture_id", "merge_id")
LISTS = ("leads", "deals", "tasks", "activities", "contacts", "companies", "consents", "sends", "events", "submissions")
NEEDS = {  # the roles that may do what not everyone may
    ("POST", "/leads/merge"): "admin manager",
    ("POST", "/merges/{merge_id}/undo"): "admin manager",
    ("DELETE", "/leads/{lead_id}"): "admin manager",
    ("POST", "/users"): "admin",
    ("POST", "/teams"): "admin",
    ("PATCH", "/teams/{team_id}"): "admin",
    ("POST", "/costs"): "admin marketer",
    ("POST", "/event-kinds"): "admin marketer",
    ("POST", "/custom-fields"): "admin",
    ("POST", "/products"): "admin",
    ("POST", "/segments"): "admin marketer",
    ("PATCH", "/segments/{slug}"): "admin marketer",
    ("DELETE", "/segments/{slug}"): "admin marketer",
    ("POST", "/forms"): "admin marketer",
    ("PATCH", "/forms/{slug}"): "admin marketer",
    ("POST", "/score-rules"): "admin marketer",
    ("POST", "/score-rules/publish"): "admin marketer",
    ("PATCH", "/score-rules/{rule_id}"): "admin marketer",
    ("DELETE", "/score-rules/{rule_id}"): "admin marketer",
    ("POST", "/assignment-rules"): "admin marketer",
    ("PATCH", "/assignment-rules/{rule_id}"): "admin marketer",
    ("PATCH", "/leads/{lead_id}"): "admin manager rep",
    ("POST", "/leads/{lead_id}/stage"): "admin manager rep",
    ("POST", "/leads/{lead_id}/convert"): "admin manager rep",
    ("PATCH", "/deals/{deal_id}"): "admin manager rep",
    ("POST", "/deals"): "admin manager rep",
    ("POST", "/activities"): "admin manager rep",
    ("POST", "/tasks"): "admin manager rep",
    ("PATCH", "/tasks/{task_id}"): "admin manager rep",
}


def address(path, ids):
    return re.sub(r"{(\w+)}", lambda name: str(ids[name[1]]), path)


def query(path):
    return "?from=2026-01-01&to=2026-02-01" if path.startswith("/reports/") else ""


def test_there_is_something_to_sweep():
    assert len(OPERATIONS) > 50
    assert NEEDS.keys() <= set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_without_a_key_or_with_a_wrong_one_nothing_is_told(house, method, path):
    ids = dict.fromkeys(re.findall(r"{(\w+)}", path), 1)
    for token in ("", "snk_wrong", "چه"):
        house.nobody.token = token
        answer = house.nobody.send(method, address(path, ids), {} if method in ("POST", "PATCH") else None)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_every_address_with_every_role_answers_as_the_rights_say(full):
    for method, path in OPERATIONS:
        allowed = NEEDS.get((method, path), "admin manager marketer rep").split()
        for role in ("admin", "manager", "marketer", "rep"):
            if method != "GET" and role in allowed:
                continue
            answer = getattr(full, role).send(
                method, address(path, full.ids) + query(path), {} if method != "GET" else None
            )
            if role not in allowed:
                assert answer.status_code == 403, (method, path, role, answer.content[:200])
            elif "{slug}" not in path:
                assert answer.status_code == 200, (method, path, role, answer.content[:200])


def test_what_lies_outside_the_gate_is_not_there(full):
    bodies = {
        "PATCH": {},
        "/leads/{lead_id}/stage": {"to": "mql"},
        "/leads/{lead_id}/convert": {},
    }
    swept = 0
    for method, path in OPERATIONS:
        names = re.findall(r"{(\w+)}", path)
        if not names or names[0] not in OBJECTS or "rep" not in NEEDS.get((method, path), "rep"):
            continue
        body = bodies.get(path, bodies.get(method))
        answer = full.stranger.send(method, address(path, full.ids), body)
        assert answer.status_code == 404, (method, path, answer.content[:200])
        swept += 1
    assert swept >= 12


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/activities", {"kind": "note", "text": "x"}),
        ("/tasks", {"kind": "call", "due_at": "2030-01-01T10:00:00Z"}),
        ("/deals", {"title": "x"}),
    ],
)
def test_nothing_is_hung_on_a_lead_outside_the_gate(full, path, body):
    assert full.stranger.post(path, {"lead": full.ids["lead_id"], **body}).status_code == 404


def test_a_manager_of_another_branch_can_neither_merge_nor_undo(full):
    other = caller_for(make_user(role="manager", team=full.south))
    theirs = full.lead(full.stranger)
    assert other.post(f"/merges/{full.ids['merge_id']}/undo").status_code == 404
    assert other.post("/leads/merge", {"keep": theirs.id, "merge": [full.ids["lead_id"]]}).status_code == 404
    assert other.delete(f"/leads/{full.ids['lead_id']}").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_nothing_of_others(full, name):
    assert full.rep.get(f"/{name}").json()["items"]
    assert full.stranger.get(f"/{name}").json()["items"] == []
    assert full.manager.get(f"/{name}").json()["items"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_same_number_of_questions_for_one_and_for_many(house, name):
    def fill():
        lead = house.lead(mobile="")
        now = timezone.now()
        Message.objects.create(
            key=f"k{lead.id}",
            channel="email",
            recipient="a@b.ir",
            message_id=f"<{lead.id}>",
            about_lead=lead.id,
            due_at=now,
            created_at=now,
        )
        house.rep.post(f"/leads/{lead.id}/convert", {"company": f"Pars {lead.id}"})
        house.rep.post("/tasks", {"lead": lead.id, "kind": "call", "due_at": "2030-01-01T10:00:00Z"})
        house.rep.post("/activities", {"lead": lead.id, "kind": "note", "text": "x"})
        phone = f"0912{lead.id:07d}"
        body = {"phones": [phone], "consents": [{"purpose": "service", "channel": "sms"}]}
        came = house.rep.post("/leads", body).json()["id"]
        house.admin.patch(f"/leads/{came}", {"owner": house.rep.user.id})

    def count():
        house.rep.get("/users/me")  # the key is remembered
        with CaptureQueriesContext(connection) as asked:
            answer = house.rep.get(f"/{name}")
        return len(asked), len(answer.json()["items"])

    fill()
    questions, rows = count()
    for _ in range(3):
        fill()
    assert count()[0] == questions
    assert count()[1] > rows


def test_a_key_does_only_what_its_scopes_say(house):
    reader = caller_for(house.admin.user, "read")
    giver = caller_for(house.admin.user, "create_leads")
    assert reader.get("/leads").status_code == 200
    assert reader.post("/leads", {"phones": ["09121234567"]}).status_code == 403
    told = giver.post("/leads", {"phones": ["09121234567"]})
    assert told.status_code == 201
    assert giver.get("/leads").status_code == 403
    assert giver.get(f"/leads/{told.json()['id']}").status_code == 403


def test_a_revoked_key_and_one_of_who_left_are_refused_within_two_seconds(house, monkeypatch):
    assert door.REMEMBERED_SECONDS < 2
    assert house.rep.get("/leads").status_code == 200
    row = ApiToken.objects.get(user=house.rep.user)
    revoke_token(row, actor=None, at=timezone.now())
    later = door.time.monotonic() + door.REMEMBERED_SECONDS + 0.01
    monkeypatch.setattr(door.time, "monotonic", lambda: later)
    assert house.rep.get("/leads").status_code == 401


def test_the_time_of_use_is_noted(house):
    before = timezone.now() - timedelta(seconds=1)
    house.rep.get("/leads")
    assert ApiToken.objects.get(user=house.rep.user).last_used_at > before
