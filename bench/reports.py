"""How long the reports take over many leads: `python bench/reports.py [leads]`, on the base that the settings name.

Fills a throw-away base directly, without services, then asks each report twice. Prints milliseconds, the second time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from random import Random

START = datetime(2025, 3, 20, 20, 30, tzinfo=UTC)
DAYS = 365
SLICE = 5000


def main(count: int) -> None:
    os.environ.setdefault("SARNAKH_DATA_DIR", tempfile.mkdtemp(prefix="sarnakh-bench-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        begun = time.perf_counter()
        fill(count)
        print(f"{count:,} leads written in {time.perf_counter() - begun:.1f} s")
        ask()
    finally:
        teardown_databases(made, verbosity=0)


def fill(count: int) -> None:
    from sarnakh.accounts.models import Role, User
    from sarnakh.leads.models import CostLine, Event, Lead, LeadMilestone, LeadSource, Person

    dice = Random(1)
    users = [
        User.objects.create(email=f"u{n}@example.com", role=Role.REP, created_at=START, password="!") for n in range(20)
    ]
    User.objects.create(email="admin@example.com", role=Role.ADMIN, created_at=START, password="!")
    sources = ["google", "instagram", "telegram", "sms", "direct", "referral"]
    for begin in range(0, count, SLICE):
        numbers = range(begin, min(count, begin + SLICE))
        moments = [START + timedelta(minutes=dice.randrange(DAYS * 1440)) for _ in numbers]
        persons = Person.objects.bulk_create(
            Person(name=f"p{n}", province=dice.choice("abcdefgh"), created_at=at)
            for n, at in zip(numbers, moments, strict=True)
        )
        leads = Lead.objects.bulk_create(
            Lead(
                origin=person,
                person=person,
                owner=dice.choice(users),
                stage_at=at,
                created_at=at,
                changed_at=at,
            )
            for person, at in zip(persons, moments, strict=True)
        )
        LeadSource.objects.bulk_create(
            LeadSource(
                origin=lead, lead=lead, source=dice.choice(sources), medium="cpc", campaign=f"c{dice.randrange(40)}"
            )
            for lead in leads
        )
        LeadMilestone.objects.bulk_create(life(lead, dice) for lead in leads)
        Event.objects.bulk_create(event for lead in leads for event in log(lead, dice, users))
    CostLine.objects.bulk_create(
        CostLine(
            date=date(2025, 3, 21) + timedelta(days=day),
            source=source,
            medium="cpc",
            campaign=f"c{campaign}",
            currency="IRR",
            clicks=50,
            cost=1_000_000,
        )
        for day in range(DAYS)
        for source in sources
        for campaign in range(0, 40, 4)
    )


def life(lead: object, dice: Random) -> object:
    from sarnakh.leads.models import LeadMilestone

    def later(at: datetime | None, chance: float) -> datetime | None:
        return at + timedelta(hours=dice.randrange(1, 400)) if at and dice.random() < chance else None

    created_at = lead.created_at  # type: ignore[attr-defined]
    mql_at = later(created_at, 0.4)
    sql_at = later(mql_at, 0.5)
    return LeadMilestone(
        lead=lead,
        created_at=created_at,
        first_touch_at=created_at - timedelta(hours=dice.randrange(300)),
        mql_at=mql_at,
        sql_at=sql_at,
        won_at=later(sql_at, 0.3),
    )


def log(lead: object, dice: Random, users: list[object]) -> list[object]:
    from sarnakh.leads.models import Event

    created_at = lead.created_at  # type: ignore[attr-defined]
    facts: list[tuple[str, dict[str, object], object]] = [
        ("lead_created", {}, None),
        ("lead_assigned", {"user": lead.owner_id, "team": None}, None),  # type: ignore[attr-defined]
    ]
    if dice.random() < 0.3:
        facts.append(("stage_changed", {"to": "disqualified", "reason": f"r{dice.randrange(9)}"}, dice.choice(users)))
    return [
        Event(
            origin=lead,
            lead=lead,
            at=created_at + timedelta(hours=place),
            received_at=created_at,
            source="app",
            message_id=f"{lead.pk}-{place}",  # type: ignore[attr-defined]
            name=name,
            props=props,
            actor=actor,
        )
        for place, (name, props, actor) in enumerate(facts)
    ]


def ask() -> None:
    from django.db import connection

    from sarnakh.accounts.models import User
    from sarnakh.learn import selectors

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    admin = User.objects.get(email="admin@example.com")
    as_of = START + timedelta(days=DAYS)
    spans = {"a month": (date(2025, 8, 1), date(2025, 9, 1)), "a year": (date(2025, 3, 21), date(2026, 3, 21))}
    reports = {
        "funnel": ("source", "owner"),
        "conversion": (None, "province"),
        "flow": (None, "source"),
        "sales_cycle": (None, "source"),
        "economics": (None, "campaign"),
        "refusals": (None, "source"),
        "disqualification": (None, "owner"),
        "managers": (None,),
    }
    for name, splits in reports.items():
        for by in splits:
            taken = []
            for span in spans.values():
                for _ in range(2):
                    begun = time.perf_counter()
                    getattr(selectors, name)(*span, by, as_of, admin)
                    last = (time.perf_counter() - begun) * 1000
                taken.append(f"{last:8.0f}")
            print(f"{name:18} {by or '':10} {'  '.join(taken)} ms   ({', '.join(spans)})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
