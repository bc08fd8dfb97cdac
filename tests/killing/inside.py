"""Run with the settings of the base: `inside.py prepare | verdict`. Prints one line of JSON.

`verdict` reads the promises from `promises.json` in the data folder and says, in sentences, which were broken.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from killing.clients import FORM, device_of, email_of, phone_of  # noqa: E402
from sarnakh.capture.models import Capture, Form  # noqa: E402
from sarnakh.distribute.models import Assignment  # noqa: E402
from sarnakh.engage.models import Task  # noqa: E402
from sarnakh.jobs.models import Job, JobState  # noqa: E402
from sarnakh.leads.models import (  # noqa: E402
    Consent,
    DuplicatePair,
    Event,
    Identity,
    Lead,
    LeadMilestone,
    LeadSource,
    Person,
)
from sarnakh.leads.sources import create_source  # noqa: E402
from sarnakh.outbox.models import Message  # noqa: E402
from sarnakh.project.benches import ground  # noqa: E402
from sarnakh.score.selectors import score_at  # noqa: E402
from sarnakh.track.models import InboxEvent  # noqa: E402

SHOWN = 3  # examples of a broken promise


def prepare() -> dict[str, str]:
    now = timezone.now()
    words = {"fa": "مشاوره", "en": "Advice"}
    Form.objects.create(
        slug=FORM,
        name="kill",
        fields=[
            {"key": "name", "type": "text", "label": {}},
            {"key": "phone", "type": "tel", "label": {}},
            {"key": "email", "type": "email", "label": {}},
        ],
        title=words,
        intro={},
        button={},
        thanks=words,
        consent_text={},
        marketing_text={},
        welcome_template="welcome",
        created_at=now,
    )
    source, server_key = create_source("shop", at=now)
    return {"token": ground.prepare(at=now), "write_key": source.write_key, "server_key": server_key}


class Verdict:
    """Compares what was promised with what is there, and keeps what differs."""

    def __init__(self, promises: dict[str, Any], at: datetime) -> None:
        self.broken: list[str] = []
        self.leads: dict[int, int] = {int(capture): person for capture, person in promises["leads"].items()}
        self.forms: list[int] = promises["forms"]
        self.messages: list[str] = promises["messages"]
        self.users: dict[str, int] = promises["users"]
        self.mails: list[tuple[str, str]] = [(message_id, to) for message_id, to in promises["mails"]]
        self.copies_allowed: int = promises["copies_allowed"]
        self.at = at
        self.people = Counter([*self.leads.values(), *self.forms, *self.users.values()])

    def check(self) -> dict[str, Any]:
        for part in (self._captures, self._cards, self._leads, self._scores, self._mail, self._tracking, self._rest):
            part()
        return {
            "broken": self.broken,
            "captures": Capture.objects.count(),
            "leads": Lead.objects.count(),
            "mails": len(self.mails),
            "copies": len(self.mails) - len({message_id for message_id, _ in self.mails}),
            "events": Event.objects.count(),
        }

    def same(self, what: str, promised: Iterable[object], found: Iterable[object]) -> None:
        """Equal as multisets, else a sentence with the first differences."""
        one, other = Counter(promised), Counter(found)
        if one != other:
            missing, extra = one - other, other - one
            self.broken.append(
                f"{what}: {missing.total()} missing {list(missing)[:SHOWN]}, {extra.total()} too many "
                f"{list(extra)[:SHOWN]}"
            )

    def none(self, what: str, found: Iterable[object]) -> None:
        listed = list(found)
        if listed:
            self.broken.append(f"{what}: {len(listed)}, like {listed[:SHOWN]}")

    def _captures(self) -> None:
        api = Capture.objects.filter(channel="api").values_list("id", "body")
        promised = ((capture, email_of(person)) for capture, person in self.leads.items())
        self.same("acknowledged leads", promised, ((capture, body["emails"][0]) for capture, body in api))
        forms = Capture.objects.filter(channel="form").values_list("body", flat=True)
        self.same("acknowledged forms", map(email_of, self.forms), (body["emails"][0] for body in forms))
        users = Capture.objects.filter(channel="identify").values_list("key", flat=True)
        self.same("acknowledged users", list(self.users), (key.split(":", 2)[2] for key in users))
        ended = Capture.objects.exclude(state__in=["created", "merged"]).values_list("key", "state", "reason")
        self.none("captures that ended neither as a new lead nor in one", ended)
        rows = list(Capture.objects.values_list("body", "state", "lead_id"))
        created = (body["emails"][0] for body, state, _ in rows if state == "created")
        self.same("captures that made a lead", map(email_of, self.people), created)
        leads: dict[str, set[int]] = {}
        for body, _, lead in rows:
            leads.setdefault(body["emails"][0], set()).add(lead)
        self.none("people with two leads", (email for email, found in leads.items() if len(found) > 1))

    def _cards(self) -> None:
        mobiles = (f"+98{phone_of(person)[1:]}" for person in self.people)
        self.same("mobiles", mobiles, Identity.objects.filter(kind="mobile").values_list("value", flat=True))
        emails = Identity.objects.filter(kind="email").values_list("value", flat=True)
        self.same("addresses", map(email_of, self.people), emails)
        held = Counter(Identity.objects.values_list("person_id", flat=True))
        self.none("persons without their two keys", (person for person, keys in held.items() if keys != 2))
        if Person.objects.count() != len(self.people):
            self.broken.append(f"{Person.objects.count()} persons of {len(self.people)}")
        consents = Consent.objects.count()
        if consents != len(self.leads):
            self.broken.append(f"{consents} consents of {len(self.leads)}")
        self.none("pairs of duplicates", DuplicatePair.objects.values_list("id", flat=True))

    def _leads(self) -> None:
        leads = list(Lead.objects.values_list("id", "person_id", "owner_id", "scored_at", "advance_due_at"))
        ids = [lead for lead, *_ in leads]
        self.same("leads of persons", Person.objects.values_list("id", flat=True), (person for _, person, *_ in leads))
        self.none("leads without an owner", (lead for lead, _, owner, *_ in leads if owner is None))
        self.none("leads without a score", (lead for lead, _, _, scored_at, _ in leads if scored_at is None))
        self.none("leads still due", (lead for lead, *_, due in leads if due is not None and due <= self.at))
        self.same("first calls", ids, Task.objects.values_list("lead_id", flat=True))
        self.same("assignments", ids, Assignment.objects.filter(user__isnull=False).values_list("lead_id", flat=True))
        self.same("sources", ids, LeadSource.objects.values_list("lead_id", flat=True))
        self.same("milestones", ids, LeadMilestone.objects.values_list("lead_id", flat=True))
        for name in ("lead_created", "lead_assigned", "task_created"):
            self.same(f"facts {name}", ids, Event.objects.filter(name=name).values_list("lead_id", flat=True))
        owners = {lead: owner for lead, _, owner, *_ in leads}
        strays = Task.objects.values_list("lead_id", "owner_id")
        self.none("first calls with another than the owner", (lead for lead, of in strays if owners.get(lead) != of))
        each = Counter(owners.values()).values()
        if each and max(each) - min(each) > 1:
            self.broken.append(f"the turn is not fair: {sorted(each)}")
        for name, state in (("capture_joined", "merged"), ("form_submitted", None)):
            rows = Capture.objects.filter(state=state) if state else Capture.objects.filter(channel="form")
            found = Event.objects.filter(name=name).values_list("lead_id", flat=True)
            self.same(f"facts {name}", rows.values_list("lead_id", flat=True), found)

    def _scores(self) -> None:
        for lead in Lead.objects.filter(scored_at__isnull=False).order_by("-id")[:30]:
            fresh = score_at(lead, lead.scored_at).score
            if abs(fresh - lead.score) > 0.01:
                self.broken.append(f"lead {lead.id} has score {lead.score}, from its log {fresh}")

    def _mail(self) -> None:
        rows = list(Message.objects.values_list("message_id", "recipient", "state"))
        self.same("welcomes", map(email_of, set(self.forms)), (recipient for _, recipient, _ in rows))
        self.none("messages not sent", (row for row in rows if row[2] != "sent"))
        self.same("mail at the server", ((mid, to) for mid, to, _ in rows), set(self.mails))
        copies = len(self.mails) - len(set(self.mails))
        if copies > self.copies_allowed:
            self.broken.append(f"{copies} copies of mails, but only {self.copies_allowed} deaths that may cause one")
        sent = Event.objects.filter(name="email_sent").values_list("lead_id", flat=True)
        self.same("facts email_sent", Message.objects.values_list("about_lead", flat=True), sent)

    def _tracking(self) -> None:
        viewed = Event.objects.filter(name="page_viewed")
        self.same("tracking calls", self.messages, viewed.values_list("message_id", flat=True))
        self.none("tracking calls left", InboxEvent.objects.values_list("message_id", "error"))
        devices = [device_of(person) for person in (*self.forms, *self.users.values())]
        lost = viewed.filter(visitor__key__in=devices, lead__isnull=True).values_list("message_id", flat=True)
        self.none("visits of known devices without a lead", lost)

    def _rest(self) -> None:
        self.none("dead jobs", Job.objects.filter(state=JobState.DEAD).values_list("task", "error"))


def verdict() -> dict[str, Any]:
    promises = json.loads((Path(os.environ["SARNAKH_DATA_DIR"]) / "promises.json").read_text())
    return Verdict(promises, timezone.now()).check()


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "verdict": verdict}[sys.argv[1]](), ensure_ascii=False))
