"""A small house with everyone in it, and a client that holds one person's key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from factories import make_event, make_lead, make_organisation, make_team, make_user
from sarnakh.accounts.models import Team, User
from sarnakh.accounts.selectors import forget_organisation
from sarnakh.accounts.services import create_token
from sarnakh.api.door import forget_keys
from sarnakh.convert.services import seed_defaults as seed_pipeline
from sarnakh.leads.models import Lead
from sarnakh.outbox.models import Message
from sarnakh.project import tasks
from sarnakh.qualify.services import seed_defaults as seed_reasons

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@dataclass
class Caller:
    """One person's key: `get("/leads")` and so on, below /api/v1, bodies as JSON."""

    token: str
    user: User | None = None
    language: str = "en"
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = {"Accept-Language": self.language, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v1{path}", data, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str) -> HttpResponse:
        return self.send("DELETE", path)


@dataclass
class House:
    north: Team
    south: Team
    admin: Caller
    marketer: Caller
    manager: Caller  # of the north
    rep: Caller  # of the north
    mate: Caller  # of the north too
    stranger: Caller  # rep of the south
    nobody: Caller  # without a key
    ids: dict[str, Any] = field(default_factory=dict)  # by the names of path parameters, see `full`

    def lead(self, owner: Caller | None = None, **fields: Any) -> Lead:
        """A lead of the north, the rep's unless said otherwise."""
        user = (owner or self.rep).user
        lead = make_lead(owner=user, team=user.team if user else None, **fields)
        Lead.objects.filter(id=lead.id).update(owner=user, team=user and user.team)
        make_event(lead, "lead_assigned", user=user and user.id, team=user and user.team_id)
        return lead


@pytest.fixture(autouse=True)
def _afresh() -> None:
    tasks.load()
    forget_keys()
    forget_organisation()


@pytest.fixture
def house(db: None) -> House:
    make_organisation(at=NOW)
    seed_pipeline()
    seed_reasons()
    north, south = make_team("North"), make_team("South")
    people = {
        "admin": make_user(role="admin"),
        "marketer": make_user(role="marketer"),
        "manager": make_user(role="manager", team=north),
        "rep": make_user(role="rep", team=north),
        "mate": make_user(role="rep", team=north),
        "stranger": make_user(role="rep", team=south),
    }
    callers = {name: caller_for(user) for name, user in people.items()}
    return House(north, south, nobody=Caller(""), **callers)


def caller_for(user: User, *scopes: str) -> Caller:
    text, _row = create_token(user, name="test", scopes=scopes, at=NOW)
    return Caller(text, user)


@pytest.fixture
def full(house: House) -> House:
    """A house in which everything that a path can name is there, all of it the rep's."""
    lead, gone = house.lead(), house.lead()
    now = timezone.now()
    Message.objects.create(
        key="k", channel="email", recipient="a@b.ir", message_id="<m>", about_lead=lead.id, due_at=now, created_at=now
    )
    made = house.rep.post(f"/leads/{lead.id}/convert", {"company": "Pars"}).json()
    task = house.rep.post("/tasks", {"lead": lead.id, "kind": "call", "due_at": "2030-01-01T10:00:00Z"}).json()
    house.rep.post("/activities", {"lead": lead.id, "kind": "note", "text": "x"})
    capture = house.rep.post(
        "/leads", {"phones": ["09121234567"], "consents": [{"purpose": "service", "channel": "sms"}]}
    )
    house.admin.patch(f"/leads/{capture.json()['id']}", {"owner": house.rep.user.id})
    merged = house.manager.post("/leads/merge", {"keep": lead.id, "merge": [gone.id]}).json()
    house.ids = {
        "lead_id": lead.id,
        "deal_id": made["deal"],
        "contact_id": made["contact"],
        "company_id": made["company"],
        "task_id": task["id"],
        "send_id": Message.objects.get().id,
        "capture_id": capture.json()["capture"],
        "merge_id": merged["id"],
        "user_id": house.rep.user.id,
        "team_id": house.north.id,
        "rule_id": 1,
        "slug": "none",
    }
    return house
