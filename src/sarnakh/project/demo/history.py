"""Two months of leads, entered through the addresses that sites, programs and people use, with the moments of then.

Whose lead it becomes is decided by the rules; what is then done with it is done with that person's key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sarnakh.project.demo.client import SETTLED_WITHIN, Browser, Client, Refused
from sarnakh.project.demo.stories import COSTS, EXPO, EXPO_COST, EXPO_DAYS, STORIES, VISITS, Story

TEHRAN = ZoneInfo("Asia/Tehran")
DAYS = 60
POINTS = {
    "need": "تأمین پایدار با تحویل هفتگی",
    "problem": "تأمین‌کننده کنونی دیر می‌رساند",
    "budget": "بودجه فصل مصوب است",
    "authority": "خودش تصمیم می‌گیرد",
    "timeline": "از اول ماه آینده",
}
CONSENTS = [
    {"purpose": "service", "channel": channel, "text": "در تماس نخست پذیرفت"} for channel in ("call", "sms", "email")
]


@dataclass(slots=True)
class History:
    """The one who enters it. `keys`: API token by user id, `passwords`: (e-mail, password) by user id."""

    client: Client
    now: datetime
    admin_key: str
    server_key: str
    site_key: str
    shop_url: str
    keys: dict[int, str]
    passwords: dict[int, tuple[str, str]]
    _browsers: dict[int, Browser] = field(default_factory=dict)

    def enter_past(self) -> None:
        """The costs, and every lead that came before today with what became of it."""
        self._costs()
        past = [story for story in STORIES if story.door != "form"]
        for story in past:
            if story.door == "site":
                self._visit_with_server(story)
        for story in past:
            lead = self._settled(story) if story.door == "site" else self._post(story)
            if story.fate != "new":
                self._live(story, lead)

    def enter_today(self) -> None:
        """Those who fill in the shop's form today; their devices' visits of the days before come first."""
        for story in STORIES:
            if story.door == "form":
                self.client.batch(self.site_key, self._visits(story, asked_at=self.now - timedelta(minutes=5)))
                self._fill_in(story)

    # --- arrivals ----------------------------------------------------------------------------------------------------

    def _costs(self) -> None:
        today = self.now.astimezone(TEHRAN).date()
        lines = []
        for (source, medium, campaign), (shown, clicks, toman) in COSTS.items():
            for days in range(DAYS, 0, -1):
                swing = 1 + ((days * 7) % 11 - 5) / 20  # days differ, the same ones at every filling
                cost = (EXPO_COST // 3 if days in EXPO_DAYS else 0) if source == EXPO[0] else clicks * swing * toman
                if cost:
                    day = (today - timedelta(days=days)).isoformat()
                    counts = {"clicks": round(clicks * swing), "impressions": round(shown * swing)}
                    named = {"source": source, "medium": medium, "campaign": campaign}
                    lines.append({"date": day, **named, **counts, "cost": round(cost) * 10, "currency": "IRR"})
        self.client.api("POST", "/costs", self.admin_key, lines)

    def _post(self, story: Story) -> dict[str, Any]:
        source, medium, campaign = story.came_by
        body = {
            "name": story.name,
            "phones": [_phone(story)],
            "emails": [story.email] if story.email else [],
            "company": story.company,
            "job_title": story.title,
            "province": story.province,
            "city": story.city,
            "product": story.product,
            "source": source,
            "medium": medium,
            "campaign": campaign,
            "direction": "outbound" if source == EXPO[0] else "inbound",
            "consents": CONSENTS,
            "at": self._at(story.days, story.number).isoformat(),
        }
        made = self.client.api("POST", "/leads", self.admin_key, body)
        assert made["id"], made
        return dict(made)

    def _visit_with_server(self, story: Story) -> None:
        """Visits, then the shop's server says who it is: a capture with the moment of then."""
        asked_at = self._at(story.days, story.number)
        name, _sep, family = story.name.partition(" ")
        traits = {
            "firstName": name,
            "lastName": family,
            "email": story.email,
            "phone": _phone(story),
            "company": {"name": story.company},
            "title": story.title,
            "address": {"city": story.city, "state": story.province},
        }
        identify = {
            "type": "identify",
            "anonymousId": _device(story),
            "userId": f"shop-{story.number}",
            "messageId": f"demo-{story.number}-identify",
            "timestamp": asked_at.isoformat(),
            "traits": traits,
        }
        self.client.batch(self.server_key, [*self._visits(story, asked_at=asked_at), identify])

    def _visits(self, story: Story, *, asked_at: datetime) -> list[dict[str, Any]]:
        source, medium, campaign = story.came_by
        tags = {"source": source, "medium": medium, "name": campaign} if source else {}
        calls = []
        for nth, (path, days_before) in enumerate(VISITS):
            url = self.shop_url + path
            page = {"url": url, "path": path, "title": "نوین‌پخش", "referrer": ""}
            context: dict[str, Any] = {"page": page}
            if nth == 0 and tags:
                context["campaign"] = tags
            calls.append(
                {
                    "type": "page",
                    "anonymousId": _device(story),
                    "messageId": f"demo-{story.number}-{nth}",
                    "timestamp": (asked_at - timedelta(days=days_before)).isoformat(),
                    "properties": page,
                    "context": context,
                }
            )
        return calls

    def _fill_in(self, story: Story) -> None:
        source, medium, campaign = story.came_by
        self.client.form(
            "estimate",
            {
                "name": story.name,
                "phone": _phone(story),
                "email": story.email,
                "company": story.company,
                "province": story.province,
                "city": story.city,
                "product": story.product,
                "consent": "yes",
                **({"marketing": "yes"} if story.number % 4 else {}),
                "visitor_id": _device(story),
                "visitor_page": f"{self.shop_url}/demo-site/contact",
                "utm_source": source,
                "utm_medium": medium,
                "utm_campaign": campaign,
            },
        )

    def _settled(self, story: Story) -> dict[str, Any]:
        """The lead that the worker made of what the shop's server told."""
        deadline = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < deadline:
            found = self.client.api("GET", f"/leads?search={_phone(story)}", self.admin_key)["items"]
            if found:
                return dict(found[0])
            time.sleep(0.2)
        raise TimeoutError(f"no lead came of the visits of {_phone(story)}")

    # --- what becomes of them ----------------------------------------------------------------------------------------

    def _live(self, story: Story, lead: dict[str, Any]) -> None:
        life = _Life(self, story, int(lead["id"]), int(lead["owner"]))
        getattr(life, story.fate)()

    def key_of(self, owner: int) -> str:
        return self.keys[owner]

    def tick(self, lead: int, owner: int) -> None:
        """The five points, ticked on the lead's card by its owner."""
        if owner not in self._browsers:
            self._browsers[owner] = Browser(self.client.url)
            self._browsers[owner].sign_in(*self.passwords[owner])
        browser = self._browsers[owner]
        token = _csrf(browser.open(f"/leads/{lead}"))
        for item, note in POINTS.items():
            sent = {"csrfmiddlewaretoken": token, "item": item, "is_met": "1", "note": note}
            browser.open(f"/leads/{lead}/checklist", sent)

    def _at(self, days: float, seed: int) -> datetime:
        """A moment so many days ago, in working hours, never in the future."""
        day = self.now.astimezone(TEHRAN) - timedelta(days=days)
        at = day.replace(hour=9 + seed % 6, minute=seed * 7 % 60, second=seed % 50, microsecond=0)
        return min(at, self.now - timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class _Life:
    """One lead's way. Each step lies a share of the time between its arrival and today."""

    history: History
    story: Story
    lead: int
    owner: int

    def no_answer(self) -> None:
        self._call(0.1, "no_answer")
        if self.story.days > 4:
            self._call(0.4, "no_answer")

    def mql(self) -> None:
        self._call(0.05, "connected", self.story.word)
        self._stage(0.08, "mql")

    def sql(self, *, is_ticked: bool = True) -> None:
        self.mql()
        self._talk(0.2, {"kind": "meeting", "text": "بازدید از انبار؛ نمونه بردند."})
        self._stage(0.25, "sql")
        if is_ticked:
            self.history.tick(self.lead, self.owner)

    def deal(self) -> int:
        self.sql(is_ticked=False)
        story = self.story
        deal = {"title": f"قرارداد {story.company}", "amount": story.million * 1_000_000, "currency": "IRT"}
        made = self._post(f"/leads/{self.lead}/convert", {"deal": deal, "at": self._at(0.35)})
        stage = "negotiation" if story.number % 2 else "quote"
        self._patch(f"/deals/{made['deal']}", {"stage": stage, "at": self._at(0.45)})
        self._call(0.5, "connected", "درباره زمان تسویه گفت‌وگو شد.")
        return int(made["deal"])

    def won(self) -> None:
        self._patch(f"/deals/{self.deal()}", {"status": "won", "at": self._at(0.6)})

    def lost(self) -> None:
        self._patch(f"/deals/{self.deal()}", {"status": "lost", "reason": self.story.reason, "at": self._at(0.6)})

    def refused(self) -> None:
        if self.story.reason == "no_answer":
            for share in (0.05, 0.15, 0.3):
                self._call(share, "no_answer")
        else:
            self._call(0.1, "connected", self.story.word)
        self._stage(0.35, "disqualified", reason=self.story.reason)

    def deferred(self) -> None:
        self._call(0.1, "call_later", self.story.word)
        until = self.history.now + timedelta(days=20 + self.story.number % 30)
        self._stage(0.2, "deferred", reason=self.story.reason, until=until.isoformat())

    def _call(self, share: float, outcome: str, text: str = "") -> None:
        seconds = 90 + self.story.number % 400 if outcome == "connected" else 0
        talk = {"kind": "call", "direction": "outbound", "outcome": outcome, "text": text}
        self._talk(share, {**talk, **({"duration_s": seconds} if seconds else {})})

    def _talk(self, share: float, talk: dict[str, Any]) -> None:
        self._post("/activities", {"lead": self.lead, **talk, "at": self._at(share)})

    def _stage(self, share: float, to: str, **more: str) -> None:
        try:
            self._post(f"/leads/{self.lead}/stage", {"to": to, **more, "at": self._at(share)})
        except Refused as refused:
            if "same_stage" not in refused.answer:
                raise

    def _at(self, share: float) -> str:
        days = self.story.days * (1 - share)
        came_at = self.history._at(self.story.days, self.story.number)
        at = self.history._at(days, self.story.number + round(share * 100))
        return max(at, came_at + timedelta(minutes=11 + 40 * share)).isoformat()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return dict(self.history.client.api("POST", path, self.history.key_of(self.owner), body))

    def _patch(self, path: str, body: dict[str, Any]) -> None:
        self.history.client.api("PATCH", path, self.history.key_of(self.owner), body)


def _phone(story: Story) -> str:
    return f"0912000{story.number:04d}"


def _device(story: Story) -> str:
    return f"demo-device-{story.number}"


def _csrf(page: str) -> str:
    mark = 'name="csrfmiddlewaretoken" value="'
    return page.partition(mark)[2].partition('"')[0]
