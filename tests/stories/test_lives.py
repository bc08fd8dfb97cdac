"""Other lives of a lead, through the API, the public form and the tracker, with the worker running beside.

Each life is people of its own over one base; what is asserted is what a program, a form's reader or a report is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outside import Answer, Api, ask, send_form
from plugins.processes import Running

Eventually = Callable[..., None]
PASSWORD = "a long enough pass phrase"
SET_UP = """
from django.utils import timezone
from sarnakh.accounts.services import *
from sarnakh.capture.models import Form
at = timezone.now()
admin = NewUser(email="admin@x.example", role="admin", name="لیلا", password="{password}")
set_up(Setup(name="آسمان", admin=admin), at=at)
keys = ["name text نام", "phone tel موبایل", "email email ایمیل"]
fields = [dict(zip(("key", "type", "label"), key.split())) for key in keys]
for field in fields:
    field["label"] = {{"fa": field["label"], "en": field["key"].title()}}
Form.objects.create(slug="ask", name="ask", fields=fields, title={{"fa": "بپرسید", "en": "Ask"}}, created_at=at)
"""


@dataclass(frozen=True)
class House:
    """A running installation with an admin, a rep and a form at /f/ask; `api` is the admin's, `site` a browser key."""

    url: str
    api: Api
    rep: Api
    site: str

    def take_in(self, name: str, **more: Any) -> dict[str, Any]:
        """POST /leads: the answer."""
        return dict(self.api.post("/leads", {"name": name, **more}))

    def lead(self, lead_id: int) -> dict[str, Any]:
        return dict(self.api.get(f"/leads/{lead_id}"))

    def kinds(self, lead_id: int) -> list[str]:
        """Names of what happened, oldest first."""
        return [item["kind"] for item in reversed(self.api.items(f"/leads/{lead_id}/timeline"))]

    def send_form(self, language: str = "fa", **typed: str) -> Answer:
        return send_form(f"{self.url}/f/ask?lang={language}", **typed)


@pytest.fixture(scope="module")
def house(kept_running: Running) -> House:
    base = kept_running.base
    base.run("django", "shell", "--no-imports", "-c", SET_UP.format(password=PASSWORD))
    kept_running.run("user", "create", "--email", "rep@x.example", "--role", "rep", "--name", "سارا", stdin=PASSWORD)
    admin = Api(kept_running.url, kept_running.run("token", "create", "--user", "admin@x.example", "--name", "lives"))
    rep = Api(kept_running.url, kept_running.run("token", "create", "--user", "rep@x.example", "--name", "lives"))
    [user] = [user["id"] for user in admin.items("/users") if user["email"] == "rep@x.example"]
    team = admin.post("/teams", {"name": "فروش", "members": [{"user": user}]})
    rule = {"name": "همه", "when": {"all": []}, "team": team["id"], "method": "round_robin", "position": 0}
    admin.post("/assignment-rules", rule)
    return House(kept_running.url, admin, rep, kept_running.run("source", "create", "--name", "site"))


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def reports(house: House) -> dict[str, dict[str, Any]]:
    """Each report of the last days in one row."""
    days = {
        "from": (datetime.now(UTC) - timedelta(days=30)).date(),
        "to": (datetime.now(UTC) + timedelta(days=2)).date(),
    }
    names = ("funnel", "economics", "sales-cycle")
    return {name: house.api.get(f"/reports/{name}", **days)["items"][0] for name in names}


def test_a_refused_lead_returns_by_a_new_form_with_its_history(house: House) -> None:
    lead = house.take_in("کامران", phones=["09121110001"])["id"]
    owner = house.lead(lead)["owner"]
    assert owner
    moved = house.api.post(f"/leads/{lead}/stage", {"to": "disqualified", "reason": "no_budget"})
    assert (moved["stage"], moved["reason"]) == ("disqualified", "no_budget")

    assert house.send_form(name="کامران", phone="۰۹۱۲ ۱۱۱ ۰۰۰۱").status == 302

    back = house.lead(lead)
    assert (back["stage"], back["owner"]) == ("mql", owner)  # back among the leads, and two requests make it warm
    assert back["milestones"]["disqualified_at"]
    moves = ("lead_created", "stage_changed", "form_submitted", "lead_returned")
    happened = [kind for kind in house.kinds(lead) if kind in moves]
    assert happened[:2] == ["lead_created", "stage_changed"]
    assert sorted(happened[2:4]) == ["form_submitted", "lead_returned"]
    assert happened[4:] == ["stage_changed"]
    assert len(house.api.items("/leads", search="09121110001")) == 1


def test_a_deferred_lead_returns_by_itself(house: House, eventually: Eventually) -> None:
    lead = house.take_in("نرگس", phones=["09121110002"], at=ago(days=3))["id"]
    house.api.post(f"/leads/{lead}/stage", {"to": "mql", "at": ago(days=2)})
    until = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    deferred = house.api.post(f"/leads/{lead}/stage", {"to": "deferred", "reason": "بودجه سال نو", "until": until})
    assert deferred["stage"] == "deferred"
    eventually(lambda: house.lead(lead)["stage"] == "mql")
    back = house.api.items(f"/leads/{lead}/timeline", kind="stage_changed")[0]
    assert datetime.fromisoformat(back["at"]) == datetime.fromisoformat(until)
    assert (back["props"]["reason"], back["actor"]) == ("deferral_ended", None)


def test_a_second_request_after_a_win_opens_a_new_lead(house: House) -> None:
    first = house.take_in("بهرام", phones=["09121110003"])["id"]
    deal = house.api.post(f"/leads/{first}/convert", {"deal": {"title": "نخست", "amount": 1000}})["deal"]
    house.api.patch(f"/deals/{deal}", {"status": "won"})

    again = house.take_in("بهرام", phones=["+98 912 111 0003"])
    assert again["outcome"] == "created"
    assert again["id"] != first
    assert house.take_in("بهرام", phones=["09121110003"])["id"] == again["id"]
    assert house.lead(first)["stage"] == "customer"
    assert house.lead(again["id"])["stage"] in ("lead", "mql")
    assert len(house.api.items("/leads", search="09121110003")) == 2


def test_people_behind_one_landline_or_a_shared_mailbox_stay_two(house: House) -> None:
    one = house.take_in("شهلا", phones=["021 8888 0001"], emails=["info@shared.example"])
    other = house.take_in("جمشید", phones=["02188880001"], emails=["info@shared.example"])
    assert (one["outcome"], other["outcome"]) == ("created", "created")
    assert one["id"] != other["id"]
    assert house.lead(other["id"])["name"] == "جمشید"
    # A mobile beside it tells them apart and brings each back to their own.
    mobile = house.take_in("شهلا", phones=["02188880001", "09121110004"])
    assert house.take_in("شهلا", phones=["02188880001", "09121110004"])["id"] == mobile["id"]


def test_two_cards_are_merged_and_the_merge_undone(house: House) -> None:
    kept = house.take_in("رؤیا صالحی", phones=["09121110005"], company="آوا")["id"]
    gone = house.take_in("رویا صالحی", emails=["roya@ava.example"], city="قزوین")["id"]
    house.api.post("/activities", {"lead": gone, "kind": "note", "text": "پیش از ادغام"})
    before = house.lead(kept), house.lead(gone)
    leads = reports(house)["funnel"]["leads"]

    merge = house.api.post("/leads/merge", {"keep": kept, "merge": [gone]})
    both = house.lead(gone)
    assert (both["id"], both["merged_into"], both["city"]) == (kept, kept, "قزوین")
    assert (both["phones"], both["emails"]) == (["+989121110005"], ["roya@ava.example"])
    assert "note_added" in house.kinds(kept)
    assert reports(house)["funnel"]["leads"] == leads - 1
    assert house.take_in("رؤیا صالحی", emails=["roya@ava.example"])["id"] == kept

    house.api.post(f"/merges/{merge['id']}/undo")
    assert [told(house.lead(lead)) for lead in (kept, gone)] == [told(card) for card in before]
    assert "note_added" in house.kinds(gone)
    assert "note_added" not in house.kinds(kept)
    assert "capture_joined" in house.kinds(gone)  # it came by their e-mail, and goes with it
    assert reports(house)["funnel"]["leads"] == leads


def told(card: dict[str, Any]) -> dict[str, Any]:
    """A card without what moves with time and with requests."""
    moving = ("score", "engagement", "temperature", "scored_at", "changed_at", "stage", "stage_at", "milestones")
    return {name: value for name, value in card.items() if name not in moving}


def test_a_deal_won_reopened_and_lost_takes_stage_and_reports_along(house: House) -> None:
    lead = house.take_in("هومن", phones=["09121110006"], at=ago(days=5))["id"]
    before = reports(house)
    deal = house.api.post(f"/leads/{lead}/convert", {"deal": {"amount": 700, "currency": "IRT"}})["deal"]
    assert house.lead(lead)["stage"] == "sql"
    assert reports(house)["funnel"]["sql"] == before["funnel"]["sql"] + 1

    house.api.patch(f"/deals/{deal}", {"status": "won"})
    assert house.lead(lead)["stage"] == "customer"
    won = reports(house)
    assert won["funnel"]["customers"] == before["funnel"]["customers"] + 1
    assert won["economics"]["revenue"] == before["economics"]["revenue"] + 7000
    assert won["sales-cycle"]["count"] == before["sales-cycle"]["count"] + 1

    house.api.patch(f"/deals/{deal}", {"status": "open", "reason": "امضا نشد"})
    reopened = house.lead(lead)
    assert (reopened["stage"], reopened["milestones"]["won_at"]) == ("sql", None)
    again = reports(house)
    reached = ("mql", "sql", "cost_per_mql", "cost_per_sql")  # the conversion stands, only the win is taken back
    assert again["economics"] == before["economics"] | {name: again["economics"][name] for name in reached}
    assert again["sales-cycle"] == before["sales-cycle"]

    house.api.patch(f"/deals/{deal}", {"status": "lost", "reason": "price_too_high"})
    lost = house.lead(lead)
    assert (lost["stage"], lost["reason"]) == ("disqualified", "price_too_high")
    assert reports(house)["economics"]["revenue"] == before["economics"]["revenue"]
    happened = house.kinds(lead)
    assert [kind for kind in happened if kind.startswith("deal_")] == [
        "deal_created", "deal_won", "deal_reopened", "deal_lost"
    ]  # fmt: skip


def test_what_fills_in_the_honeypot_is_kept_as_junk_and_told_nothing(house: House) -> None:
    answer = house.send_form(name="Bot", phone="09121110007", homepage="https://spam.example")
    assert answer.status == 302
    assert "thanks" in answer.headers["location"]
    [junk] = house.api.items("/submissions", state="junk")
    assert (junk["reason"], junk["id"], junk["body"]["phones"]) == ("honeypot", None, ["09121110007"])
    assert not house.api.items("/leads", search="09121110007")


def test_visits_before_the_form_belong_to_whoever_sent_it(house: House, eventually: Eventually) -> None:
    pages = [
        {
            "type": "page",
            "anonymousId": "device-1",
            "messageId": f"visit-{number}",
            "properties": {"url": f"https://shop.example/{path}", "path": f"/{path}"},
        }
        for number, path in enumerate(("", "price"))
    ]
    taken = ask(f"{house.url}/v1/batch", "POST", json.dumps({"batch": pages, "writeKey": house.site}))
    assert taken.status == 200
    assert house.send_form(name="مینا", phone="09121110008", visitor_id="device-1").status == 302
    [lead] = house.api.items("/leads", search="09121110008")
    eventually(lambda: house.kinds(lead["id"]).count("page_viewed") == 2)
    assert lead["owner"]
    assert house.lead(lead["id"])["score"] > 0


WRONG: list[tuple[str, str, object, int, str, str, str]] = [
    ("POST", "/leads", {"name": "بی راه"}, 422, "phones", "ایمیل", "e-mail"),
    ("POST", "/leads", {"phones": ["0912"]}, 422, "phones[0]", "رقم", "digits"),
    ("POST", "/leads", {"emails": ["sara.example.com"]}, 422, "emails[0]", "@", "@"),
    ("POST", "/leads", {"phones": ["09121110009"], "at": "دیروز"}, 422, "at", "2026", "2026"),
    ("POST", "/leads", {"phones": ["09121110009"], "nmae": "x"}, 422, "nmae", "نیست", "no such field"),
    ("POST", "/leads", b"{", 400, "", "JSON", "JSON"),
    ("POST", "/leads", b'"' + b"x" * 2_200_000 + b'"', 413, "", "بایت", "bytes"),
    ("POST", "/tasks", {"lead": 1, "kind": "call", "due_at": "2026-13-40"}, 422, "due_at", "2026", "2026"),
    ("POST", "/segments", {"slug": "x", "name": "x", "filter": {"field": "colour", "op": "is", "value": 1}},
     422, "filter", "colour", "colour"),
    ("GET", "/reports/funnel?from=2026-02-30&to=2026-03-01", None, 422, "from", "2026", "2026"),
    ("GET", "/leads?cursor=nonsense", None, 422, "cursor", "", ""),
    ("PATCH", "/leads/999999999", {"name": "x"}, 404, "", "نیست", "no such"),
]  # fmt: skip


def test_whatever_is_sent_wrongly_is_refused_in_words_and_loses_nothing(house: House) -> None:
    capture = house.take_in("پذیرفته", phones=["09121110010"])["capture"]
    kept = [row["capture"] for row in house.api.items("/submissions")]
    for method, path, body, status, field, persian, english in WRONG:
        for language, words in (("fa", persian), ("en", english)):
            answer = house.api.speaking(language).send(method, path, body)
            problem = answer.body
            assert answer.status == problem["status"] == status, (method, path, answer)
            assert answer.headers["content-type"] == "application/problem+json"
            assert words.lower() in problem["detail"].lower(), (path, body, problem)
            if field:
                assert field in {wrong["field"].partition(".")[0] for wrong in problem["errors"]}, problem
    for language, words in (("fa", "کلید"), ("en", "key")):
        stranger = Api(house.url, "snk_wrong", language).send("GET", "/leads")
        assert stranger.status == 401
        assert words in f"{stranger.body['title']} {stranger.body['detail']}"
    denied = house.rep.send("POST", "/leads/merge", {"keep": 1, "merge": [2]})
    assert denied.status == 403
    for language, words in (("fa", "۳ رقم کم است"), ("en", "3 digits are missing")):
        form = house.send_form(language, name="کیان", phone="0912 111 0", email="kian@x.example")
        assert form.status == 422
        assert words in form.body
        assert 'value="kian@x.example"' in form.body
    assert [row["capture"] for row in house.api.items("/submissions")] == kept
    assert house.api.get(f"/submissions/{capture}")["outcome"] == "created"
