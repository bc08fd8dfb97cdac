"""Leads through the API: lists, search, one, edits, hiding, timeline, score."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from factories import make_lead
from sarnakh.catalogue.models import Product
from sarnakh.leads.models import CustomField, Event, FieldHistory, Lead


def ids(answer):
    assert answer.status_code == 200, answer.content[:500]
    return [item["id"] for item in answer.json()["items"]]


def take_in(caller, **body):
    answer = caller.post("/leads", body)
    assert answer.status_code in (200, 201), answer.content[:500]
    return answer.json()["id"]


def test_pages_follow_one_another_without_gap_or_repeat(house):
    now = timezone.now()
    made = [house.lead(created_at=now - timedelta(minutes=n // 3)).id for n in range(11)]
    seen, cursor = [], ""
    while cursor is not None:
        told = house.rep.get(f"/leads?limit=4&cursor={cursor}").json()
        seen += [item["id"] for item in told["items"]]
        cursor = told["next"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen))
    assert seen == sorted(made, key=lambda lead: (Lead.objects.get(id=lead).created_at, lead), reverse=True)


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "score", "-score", "changed_at", "-id", "id"])
def test_every_sort_pages_through_all(house, sort):
    made = {house.lead(score=n % 3 + 0.1).id for n in range(7)}
    first = house.rep.get(f"/leads?limit=3&sort={sort}").json()
    second = house.rep.get(f"/leads?limit=4&sort={sort}&cursor={first['next']}").json()
    assert {item["id"] for item in first["items"] + second["items"]} == made
    assert second["next"] is None


def test_a_cursor_that_is_not_ours_or_of_another_sort_is_refused(house):
    [house.lead() for _ in range(3)]
    cursor = house.rep.get("/leads?limit=1").json()["next"]
    for query in ("cursor=x", f"cursor={cursor}x", f"cursor={cursor}&sort=score", "limit=0", "limit=201", "sort=name"):
        answer = house.rep.get(f"/leads?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["errors"]


@pytest.mark.parametrize(
    "words",
    [
        "احمدی",
        "سارا احم",
        "آسمان",
        "اسمان",
        "09121234567",
        "+98 912 123 4567",
        "0912123",
        "sara@aseman.ir",
        "aseman",
        "سا",
    ],
)
def test_search_finds_by_any_piece(house, words):
    wanted = take_in(house.admin, name="سارا احمدی", phones=["09121234567"], emails=["sara@aseman.ir"], company="آسمان")
    take_in(house.admin, name="Reza Karimi", phones=["09351112233"], company="Pars")
    assert ids(house.admin.get(f"/leads?search={words.replace('+', '%2B')}")) == [wanted]


def test_search_follows_edits_and_knows_no_wildcards(house):
    lead = take_in(house.admin, name="Sara", phones=["09121234567"])
    assert ids(house.admin.get("/leads?search=%25%25%25")) == []
    assert ids(house.admin.get("/leads?search=%22sar%22")) == []
    house.admin.patch(f"/leads/{lead}", {"name": "Mina Rad"})
    assert ids(house.admin.get("/leads?search=sara")) == []
    assert ids(house.admin.get("/leads?search=mina")) == [lead]
    assert ids(house.admin.get("/leads?search=ra+mina")) == [lead]


def test_lists_are_cut_by_stage_owner_temperature_and_segment(house):
    hot = house.lead(temperature="hot", stage="mql", score=80)
    house.lead(house.mate)
    assert ids(house.manager.get("/leads?stage=mql")) == [hot.id]
    assert ids(house.manager.get("/leads?temperature=hot")) == [hot.id]
    assert ids(house.manager.get(f"/leads?owner={house.rep.user.id}")) == [hot.id]
    house.admin.post(
        "/segments", {"slug": "hot", "name": "Hot", "filter": {"field": "score", "op": "gte", "value": 70}}
    )
    assert ids(house.manager.get("/leads?segment=hot")) == [hot.id]
    assert house.manager.get("/leads?segment=none").status_code == 422
    assert house.manager.get("/leads?stage=none").status_code == 422


def test_a_patch_overwrites_empties_and_keeps_the_history(house):
    CustomField.objects.create(slug="size", type="number")
    Product.objects.create(slug="crm", name={"en": "CRM"})
    lead = house.lead()
    body = {"name": "Mina", "company": "Pars", "custom": {"size": 12}, "product": "crm"}
    told = house.rep.patch(f"/leads/{lead.id}", body).json()
    assert (told["name"], told["company"], told["custom"], told["product"]) == ("Mina", "Pars", {"size": 12}, "crm")
    told = house.rep.patch(f"/leads/{lead.id}", {"company": None, "custom": {"size": None}}).json()
    assert (told["name"], told["company"], told["custom"]) == ("Mina", "", {})
    assert FieldHistory.objects.filter(field="company").count() == 2
    assert Event.objects.filter(lead=lead, name="fields_changed").count() == 3


def test_the_ways_to_reach_a_person_are_set_as_whole_lists(house):
    lead = take_in(house.admin, phones=["09121234567", "02188776655"], emails=["sara@aseman.ir"])
    other = take_in(house.admin, phones=["09351112233"])
    told = house.admin.patch(f"/leads/{lead}", {"phones": ["0935 111 22 34"]}).json()
    assert (told["phones"], told["emails"]) == (["+989351112234"], ["sara@aseman.ir"])
    assert ids(house.admin.get("/leads?search=09121234567")) == []
    assert ids(house.admin.get("/leads?search=09351112234")) == [lead]
    assert house.admin.post("/leads", {"phones": ["09121234567"]}).json()["outcome"] == "created"
    back = house.admin.patch(f"/leads/{lead}", {"phones": ["09351112234", "02188776655"]}).json()
    assert back["phones"] == ["+982188776655", "+989351112234"]
    taken = house.admin.patch(f"/leads/{lead}", {"phones": ["09351112233"]})
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "phones")
    assert house.admin.get(f"/leads/{other}").json()["phones"] == ["+989351112233"]
    assert house.admin.get(f"/leads/{lead}").json()["phones"] == back["phones"]
    nothing = house.admin.patch(f"/leads/{lead}", {"phones": None, "emails": []})
    assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (422, "unreachable")
    wrong = house.admin.patch(f"/leads/{lead}", {"phones": ["0912"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "phones[0]")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"name": 5}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"custom": {"nothing": 1}}, "custom.nothing"),
        ({"product": "x" * 81}, "product"),
        ({"owner": 999_999}, "owner"),
        ({"at": "2026-01-01T10:00:00"}, "at"),
        ({"at": "2126-01-01T10:00:00Z"}, "at"),
        ({"language": "de"}, "language"),
        ([], ""),
    ],
)
def test_a_wrong_patch_names_the_field(house, body, field):
    answer = house.admin.patch(f"/leads/{house.lead().id}", body)
    assert answer.status_code == 422, answer.content[:300]
    assert answer.json()["errors"][0]["field"] == field


def test_giving_a_lead_away_needs_the_right_taking_one_from_the_pool_does_not(house):
    mine = house.lead()
    other = house.mate.user.id
    assert house.rep.patch(f"/leads/{mine.id}", {"owner": other}).status_code == 403
    told = house.manager.patch(f"/leads/{mine.id}", {"owner": other}).json()
    assert told["owner"] == other
    assert house.rep.get(f"/leads/{mine.id}").status_code == 404
    house.manager.patch(f"/leads/{mine.id}", {"owner": None})
    assert house.rep.get(f"/leads/{mine.id}").json()["owner"] is None
    assert house.rep.patch(f"/leads/{mine.id}", {"owner": house.rep.user.id}).json()["owner"] == house.rep.user.id


def test_a_hidden_lead_is_gone_and_who_writes_again_opens_a_new_one(house):
    lead = take_in(house.admin, phones=["09121234567"])
    assert house.rep.delete(f"/leads/{lead}").status_code in (403, 404)
    answer = house.admin.delete(f"/leads/{lead}")
    assert answer.status_code == 204
    assert house.admin.get(f"/leads/{lead}").status_code == 404
    assert ids(house.admin.get("/leads")) == []
    assert Lead.objects.get(id=lead).hidden_at is not None
    again = house.admin.post("/leads", {"phones": ["09121234567"]})
    assert (again.status_code, again.json()["outcome"]) == (201, "created")


def test_the_timeline_tells_what_happened_newest_first(house):
    lead = house.lead()
    house.rep.post("/activities", {"lead": lead.id, "kind": "note", "text": "wants a demo"})
    told = house.rep.get(f"/leads/{lead.id}/timeline").json()["items"]
    [note] = [item for item in told if item["kind"] == "note_added"]
    assert note["text"] == "wants a demo"
    assert told[-1]["kind"] == "lead_created"
    assert [item["at"] for item in told] == sorted((item["at"] for item in told), reverse=True)
    only = house.rep.get(f"/leads/{lead.id}/timeline?kind=note_added").json()["items"]
    assert [item["kind"] for item in only] == ["note_added"]


def test_a_merged_away_id_answers_as_the_lead_that_was_kept(house):
    keep, gone = house.lead(), house.lead()
    merged = house.manager.post("/leads/merge", {"keep": keep.id, "merge": [gone.id]})
    assert merged.status_code == 201, merged.content
    told = house.rep.get(f"/leads/{gone.id}").json()
    assert (told["id"], told["merged_into"]) == (keep.id, keep.id)
    assert house.rep.get(f"/leads/{keep.id}").json()["merged_into"] is None
    undone = house.manager.post(f"/merges/{merged.json()['id']}/undo")
    assert undone.status_code == 200
    assert undone.json()["undone_at"]
    assert house.rep.get(f"/leads/{gone.id}").json()["id"] == gone.id
    assert house.manager.post(f"/merges/{merged.json()['id']}/undo").status_code == 409
    assert house.manager.post("/leads/merge", {"keep": keep.id, "merge": [keep.id]}).status_code == 409
    assert house.manager.post("/merges/999/undo").status_code == 404


def test_duplicates_are_pairs_of_leads_one_may_see(house):
    from sarnakh.leads.models import DuplicatePair

    mine, other = house.lead(), house.lead(house.stranger)
    third = house.lead()
    for low, high, sure in ((mine, third, 0.9), (mine, other, 0.8)):
        DuplicatePair.objects.create(
            low_id=low.person_id, high_id=high.person_id, confidence=sure, reasons=[], created_at=timezone.now()
        )
    told = house.rep.get("/duplicates").json()["items"]
    assert [sorted(pair["leads"]) for pair in told] == [sorted([mine.id, third.id])]
    assert len(house.admin.get("/duplicates").json()["items"]) == 2


def test_the_score_is_explained_now_and_at_any_moment(house):
    from sarnakh.score.services import seed_default_rules

    seed_default_rules(at=timezone.now() - timedelta(days=400))
    lead = take_in(house.admin, phones=["09121234567"], company="آسمان", job_title="مدیر فروش")
    told = house.admin.get(f"/leads/{lead}/score").json()
    assert told["version"] == 1
    assert told["score"] == pytest.approx(house.admin.get(f"/leads/{lead}").json()["score"])
    assert sum(share["points"] for share in told["shares"]) == pytest.approx(told["fit"] + told["engagement"], abs=0.02)
    assert {"rule", "points", "cause", "age"} <= set(told["shares"][0])
    earlier = house.admin.get(f"/leads/{lead}/score?at=2026-01-01T00:00:00Z")
    assert earlier.status_code == 200
    assert house.admin.get(f"/leads/{lead}/score?at=yesterday").status_code == 422


def test_an_unknown_lead_and_one_outside_the_gate_look_the_same(house):
    other = make_lead(owner=house.stranger.user)
    unknown, outside = house.rep.get("/leads/999999"), house.rep.get(f"/leads/{other.id}")
    assert unknown.status_code == outside.status_code == 404
    assert unknown.json() == outside.json()
