"""The rules a new base starts with: business customers in Iran. Every one can be changed on the page of the score."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from sarnakh.leads import kinds
from sarnakh.leads.models import EventKind
from sarnakh.score.models import RuleSet
from sarnakh.score.rules import BEHAVIOUR, PROFILE, RuleInput
from sarnakh.score.services.drafts import add_rule
from sarnakh.score.services.publishing import publish

BIG_MARKETS = ["تهران", "البرز", "اصفهان", "خراسان رضوی", "فارس", "آذربایجان شرقی", "خوزستان"]
DECIDERS = ["مدیر", "رئیس", "موسس", "بنیان", "ceo", "cto", "founder", "owner", "director", "head", "manager"]
LEARNERS = ["دانشجو", "کارآموز", "student", "intern"]


def seed_default_rules(*, at: datetime, language: str = "fa") -> None:
    """Give a base without rules the usual ones, in force from `at`; the names are in this language."""
    with transaction.atomic(), override(language):
        if RuleSet.objects.exists():
            return
        kinds.seed_built_in()
        _seed_event("price_page_seen", {"type": "page", "url_contains": "pric"}, fa="دیدن صفحهٔ قیمت", en="Price page")
        for rule in [*_behaviour(), *_profile()]:
            add_rule(rule, at=at)
        publish(actor=None, at=at)


def _seed_event(slug: str, when: dict[str, Any], **name: str) -> None:
    definition = kinds.define(when, is_used=True)
    EventKind.objects.get_or_create(slug=slug, defaults={"current": definition, "name": name})


def _behaviour() -> list[RuleInput]:
    connected = [{"prop": "outcome", "op": "is", "value": "connected"}]
    unanswered = [{"prop": "outcome", "op": "is", "value": "no_answer"}]
    inbound = [{"prop": "direction", "op": "is", "value": "inbound"}]
    return [
        _did(_("Filled in a form"), 15, "form_submitted", half_life=30, cap=45),
        _did(_("Asked again"), 15, "capture_joined", half_life=30, cap=30),
        _did(_("Saw the price page"), 12, "price_page_seen", half_life=14, cap=30),
        _did(_("Came back to the site: 3 pages within a day"), 5, "page_viewed", half_life=7, cap=15, times=3, days=1),
        _did(_("Downloaded a file"), 6, "file_downloaded", half_life=21, cap=18),
        _did(_("Clicked a link in an e-mail"), 5, "email_clicked", half_life=14, cap=15),
        _did(_("Wrote to us"), 10, "message_logged", half_life=14, cap=30, where=inbound),
        _did(_("Talked with us on the phone"), 20, "call_logged", half_life=30, cap=40, where=connected),
        _did(_("Met us"), 25, "meeting_held", half_life=45, cap=50),
        _did(_("Did not answer 3 times"), -8, "call_logged", half_life=30, cap=-16, times=3, days=14, where=unanswered),
        _did(_("Unsubscribed"), -25, "unsubscribed", half_life=90, cap=-25),
    ]


def _profile() -> list[RuleInput]:
    return [
        _is(_("Decides or has a say"), 15, {"any": [_has("job_title", "contains", word) for word in DECIDERS]}),
        _is(_("Still studies"), -15, {"any": [_has("job_title", "contains", word) for word in LEARNERS]}),
        _is(_("Named a company"), 5, {"field": "company", "op": "not_empty"}),
        _is(_("Company of 50 people or more"), 10, _has("company.size", "gte", 50)),
        _is(_("In a province with a big market"), 5, _has("province", "in", BIG_MARKETS)),
        _is(_("Can be called"), 5, _has("has_phone", "is", True)),
        _is(_("Cannot be called"), -10, _has("has_phone", "is", False)),
    ]


def _did(
    name: str,
    points: float,
    event: str,
    *,
    half_life: float,
    cap: float,
    times: int = 1,
    days: float | None = None,
    where: list[dict[str, Any]] | None = None,
) -> RuleInput:
    return RuleInput(
        name,
        BEHAVIOUR,
        points,
        event=event,
        where=where or (),
        half_life_days=half_life,
        cap=cap,
        times=times,
        within_days=days,
    )


def _is(name: str, points: float, when: dict[str, Any]) -> RuleInput:
    return RuleInput(name, PROFILE, points, when=when)


def _has(field: str, op: str, value: object) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}
