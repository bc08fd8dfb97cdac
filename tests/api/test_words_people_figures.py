"""Kinds, segments, rules; users and teams; costs and reports; captures and messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sarnakh.capture.models import Capture
from sarnakh.leads.models import CostLine
from sarnakh.outbox.models import Message
from sarnakh.score.models import RuleSet

KIND = {"slug": "price_page_seen", "name": "Price page", "when": {"type": "page", "url_contains": "/pricing"}}
BEHAVIOUR = {"name": "Price page", "kind": "behaviour", "event": "price_page_seen", "points": 10, "half_life_days": 7}


def ok(answer, status=200):
    assert answer.status_code == status, answer.content[:600]
    return answer.json()


def refused(answer, *fields):
    assert answer.status_code == 422, answer.content[:600]
    assert {each["field"] for each in answer.json()["errors"]} >= set(fields), answer.content
    assert all(each["message"] for each in answer.json()["errors"]), answer.content


def test_a_kind_is_named_used_by_a_rule_and_published(house):
    assert ok(house.marketer.post("/event-kinds", KIND), 201)["is_used"] is False
    assert house.marketer.post("/event-kinds", KIND).status_code == 409
    ok(house.marketer.post("/score-rules", BEHAVIOUR), 201)
    profile = {
        "name": "Tehran",
        "kind": "profile",
        "points": 5,
        "when": {"field": "province", "op": "is", "value": "تهران"},
    }
    rule = ok(house.marketer.post("/score-rules", profile), 201)
    ok(house.marketer.patch(f"/score-rules/{rule['id']}", {**profile, "points": 6}))
    assert [each["points"] for each in ok(house.rep.get("/score-rules"))["items"]] == [10, 6]
    told = ok(house.marketer.post("/score-rules/publish"), 202)
    assert set(told) == {"version", "job"}
    assert RuleSet.objects.get().version == told["version"]
    assert house.marketer.post("/score-rules/publish").status_code == 409
    assert house.marketer.delete(f"/score-rules/{rule['id']}").status_code == 204
    assert house.marketer.delete("/score-rules/99999").status_code == 404


def test_what_a_rule_may_not_say_is_refused_by_place(house):
    rule = {"name": "x", "kind": "profile", "points": 5}
    refused(house.admin.post("/score-rules", rule), "when")
    refused(
        house.admin.post("/score-rules", {**rule, "when": {"field": "score", "op": "gt", "value": 1}}), "when.field"
    )
    refused(house.admin.post("/score-rules", {**rule, "when": {"field": "shoe", "op": "is"}}), "when.field")
    refused(house.admin.post("/score-rules", {**rule, "points": "5", "when": {}}), "points")
    refused(house.admin.post("/score-rules", {**rule, "kind": "behaviour", "event": "nothing"}), "event")
    refused(house.admin.post("/event-kinds", {**KIND, "when": {"type": "dream"}}), "when.type")
    refused(house.admin.post("/event-kinds", {**KIND, "slug": "Not A Slug"}), "slug")
    refused(house.admin.post("/event-kinds", {**KIND, "when": {"type": "page", "where": [{"prop": 5}]}}))


def test_a_segment_is_saved_changed_and_never_contains_itself(house):
    body = {"slug": "big", "name": {"fa": "بزرگ"}, "filter": {"field": "company.size", "op": "gte", "value": 50}}
    assert ok(house.marketer.post("/segments", body), 201)["name"] == {"fa": "بزرگ"}
    assert house.marketer.post("/segments", body).status_code == 409
    assert ok(house.rep.patch("/segments/big", {"name": "x"}), 403)["status"] == 403
    assert ok(house.marketer.patch("/segments/big", {"name": "Big"}))["name"] == {"en": "Big"}
    itself = {"filter": {"field": "segment", "op": "is", "value": "big"}}
    assert house.marketer.patch("/segments/big", itself).status_code == 422
    assert ok(house.rep.get("/segments/big"))["filter"] == body["filter"]
    refused(
        house.marketer.post("/segments", {**body, "slug": "b", "filter": {"field": "shoe", "op": "is"}}), "filter.field"
    )
    refused(house.marketer.post("/segments", {**body, "slug": "b", "filter": [1]}), "filter")
    ok(house.marketer.post("/segments", {"slug": "both", "name": "Both", "filter": itself["filter"]}), 201)
    assert house.marketer.delete("/segments/big").status_code == 409
    assert house.marketer.delete("/segments/both").status_code == 204
    assert house.marketer.delete("/segments/big").status_code == 204
    assert house.rep.get("/segments/big").status_code == 404


def test_assignment_rules_stand_in_order_and_give_new_leads(house):
    body = {"name": "All", "team": house.south.id, "method": "round_robin"}
    ok(house.admin.patch(f"/teams/{house.south.id}", {"members": [{"user": house.stranger.user.id}]}))
    rule = ok(house.marketer.post("/assignment-rules", body), 201)
    assert house.admin.post("/leads", {"phones": ["09121234567"]}).json()["owner"] == house.stranger.user.id
    told = ok(house.marketer.patch(f"/assignment-rules/{rule['id']}", {"user": house.rep.user.id, "team": None}))
    assert (told["user"], told["team"]) == (house.rep.user.id, None)
    assert house.admin.post("/leads", {"phones": ["09121234568"]}).json()["owner"] == house.rep.user.id
    refused(house.marketer.post("/assignment-rules", {**body, "user": house.rep.user.id}), "team")
    refused(house.marketer.post("/assignment-rules", {**body, "team": 9999}), "team")
    refused(house.marketer.post("/assignment-rules", {**body, "method": "dice"}), "method")
    refused(house.marketer.post("/assignment-rules", {**body, "when": {"field": "shoe", "op": "is"}}), "when.field")
    assert house.marketer.patch("/assignment-rules/9999", {"name": "x"}).status_code == 404


def test_users_and_teams_are_made_by_who_may(house):
    user = ok(house.admin.post("/users", {"email": "mina@example.com", "name": "Mina", "language": "en"}), 201)
    member = {"user": user["id"], "weight": 2, "capacity": 5, "skills": ["crm"]}
    team = ok(house.admin.post("/teams", {"name": "East", "parent": house.north.id, "members": [member]}), 201)
    assert team["members"] == [member]
    assert ok(house.rep.get(f"/users/{user['id']}"))["team"] == team["id"]
    assert ok(house.rep.get("/users/me"))["id"] == house.rep.user.id
    assert house.admin.post("/users", {"email": "mina@example.com"}).status_code == 409
    assert house.manager.post("/users", {"email": "x@example.com"}).status_code == 403
    refused(house.admin.post("/users", {"email": "x"}), "email")
    refused(house.admin.post("/users", {"email": "x@example.com", "password": "123"}), "password")
    refused(house.admin.post("/users", {"email": "x@example.com", "team": 9999}), "team")
    refused(house.admin.post("/teams", {"name": "W", "members": [{"user": 9999}]}), "members[0].user")
    assert house.admin.post("/teams", {"name": "East"}).status_code == 409
    assert not ok(house.admin.get("/teams?limit=200"))["next"]


def test_a_cost_line_replaces_the_one_of_its_key(house):
    line = {"date": "2026-02-01", "source": "google", "medium": "cpc", "clicks": 5, "cost": 100, "currency": "IRT"}
    assert ok(house.marketer.post("/costs", [line, {**line, "source": "x"}])) == {"written": 2}
    ok(house.marketer.post("/costs", [{**line, "cost": 200}]))
    assert CostLine.objects.get(source="google").cost == 2_000
    assert len(ok(house.rep.get("/costs"))["items"]) == 2
    refused(house.marketer.post("/costs", [{**line, "cost": 1.5}]), "[0].cost")
    refused(house.marketer.post("/costs", [{**line, "date": "1404-01-01"}]), "[0].date")
    refused(house.marketer.post("/costs", [{**line, "currency": "ZZZ"}]), "[0].currency")
    refused(house.marketer.post("/costs", []))
    assert house.rep.post("/costs", [line]).status_code == 403


@pytest.mark.parametrize(
    "name",
    [
        "funnel",
        "conversion",
        "flow",
        "sales-cycle",
        "economics",
        "refusals",
        "refusal-families",
        "disqualification",
        "managers",
    ],
)
def test_every_report_answers_rows_and_refuses_what_it_cannot_split_by(house, name):
    house.lead(source="google")
    span = f"from={timezone.now().date() - timedelta(days=400)}&to={timezone.now().date()}"
    assert isinstance(ok(house.admin.get(f"/reports/{name}?{span}"))["items"], list)
    assert isinstance(ok(house.rep.get(f"/reports/{name}?{span}&as_of=2026-06-01"))["items"], list)
    refused(house.admin.get(f"/reports/{name}?{span}&by=shoe"), "by")
    refused(house.admin.get(f"/reports/{name}"), "from", "to")
    refused(house.admin.get(f"/reports/{name}?from=2026-02-01&to=2026-01-01"), "to")


def test_the_funnel_counts_the_leads_created_in_the_days(house):
    from factories import AT

    house.lead(at=AT, source="google", stage="lead")
    [row] = ok(house.admin.get("/reports/funnel?from=2026-03-01&to=2026-03-02&by=source"))["items"]
    assert (row["key"], row["leads"]) == ("google", 1)
    assert ok(house.admin.get("/reports/funnel?from=2026-03-02&to=2026-03-03&by=source"))["items"] == []


def test_a_capture_can_be_looked_up_by_its_sender_and_by_who_manages_capture(house):
    told = house.rep.post("/leads", {"phones": ["09121234567"], "name": "x"}).json()
    shown = ok(house.rep.get(f"/submissions/{told['capture']}"))
    assert shown["outcome"] == "created"
    assert shown["body"]["name"] == "x"
    assert ok(house.marketer.get("/submissions?state=created"))["items"][0]["capture"] == told["capture"]
    assert ok(house.marketer.get("/submissions?state=junk"))["items"] == []
    assert house.stranger.get(f"/submissions/{told['capture']}").status_code == 404
    assert house.stranger.get("/submissions").json()["items"] == []
    assert Capture.objects.count() == 1


def test_messages_are_told_to_who_sees_the_lead(house):
    lead, now = house.lead(), timezone.now()
    Message.objects.create(
        key="k", channel="email", recipient="a@b.ir", message_id="<m>", about_lead=lead.id, due_at=now, created_at=now
    )
    assert ok(house.rep.get(f"/sends?lead={lead.id}"))["items"][0]["state"] == "queued"
    assert ok(house.stranger.get("/sends"))["items"] == []
    assert ok(house.rep.get("/templates"))["items"] == []
    assert house.rep.get("/templates/none").status_code == 404


def test_a_form_is_made_changed_and_open_to_the_public(house):
    field = {"key": "phone", "type": "tel", "required": True, "label": {"fa": "موبایل"}}
    body = {"slug": "demo", "name": "Demo", "fields": [field, {"key": "name"}], "title": "Ask for a demo"}
    made = ok(house.marketer.post("/forms", body), 201)
    assert made["url"].endswith("/f/demo")
    assert made["title"] == {"en": "Ask for a demo"}
    assert made["fields"][0]["label"] == {"fa": "موبایل"}
    assert house.nobody.client.get("/f/demo").status_code == 200
    assert ok(house.marketer.patch("/forms/demo", {"is_active": False, "intro": "x"}))["is_active"] is False
    assert [each["slug"] for each in ok(house.rep.get("/forms"))["items"]] == ["demo"]
    assert ok(house.rep.get("/forms/demo"))["intro"] == {"en": "x"}
    assert house.rep.get("/forms/none").status_code == 404
    refused(house.marketer.post("/forms", body), "slug")
    refused(house.marketer.post("/forms", {**body, "slug": "b", "fields": [{"key": "name"}]}), "fields")
    refused(house.marketer.patch("/forms/demo", {"fields": [field, field]}), "fields[1].key")
    refused(house.marketer.patch("/forms/demo", {"fields": [field, {"key": "custom.none"}]}), "fields[1].key")
    refused(
        house.marketer.patch("/forms/demo", {"fields": [field, {"key": "city", "type": "select"}]}), "fields[1].options"
    )
    refused(house.marketer.patch("/forms/demo", {"allowed_sites": ["example"]}), "allowed_sites[0]")
    refused(house.marketer.patch("/forms/demo", {"product": "x" * 81}), "product")
    refused(house.marketer.patch("/forms/demo", {"welcome_template": "none"}), "welcome_template")
    refused(house.marketer.patch("/forms/demo", {"slug": "other"}), "slug")
