"""Facts of one lead with the names that their ids stand for: read in a handful of queries, whatever the number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sarnakh.accounts.models import Team, User
from sarnakh.capture.models import Form
from sarnakh.convert.models import Deal
from sarnakh.distribute.models import AssignmentRule
from sarnakh.engage.models import Activity, Task
from sarnakh.kit.text import pick
from sarnakh.leads.models import CustomField, Event, Lead, LeadSource
from sarnakh.qualify.models import RefusalReason
from sarnakh.web import manners
from sarnakh.web.pages import timeline

SHOWN = 60


def page_of_facts(lead: Lead, *, family: str = "all", before: int | None = None) -> tuple[list[timeline.Happened], str]:
    """The newest facts of a lead, `before` an event id where given; and the cursor of the next page, or ""."""
    rows = Event.objects.filter(lead=lead, name__in=_names(family)).select_related("actor")
    last = Event.objects.filter(lead=lead, id=before).first() if before else None
    if last is not None:
        rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, id__lt=last.id))
    events = list(rows.order_by("-at", "-id")[: SHOWN + 1])
    older = str(events[SHOWN - 1].id) if len(events) > SHOWN else ""
    return _told(events[:SHOWN], _source_of(lead)), older


def count_of_facts(lead: Lead) -> int:
    return Event.objects.filter(lead=lead, name__in=_names("all")).count()


def reason_words() -> dict[str, str]:
    """Every reason by its slug, in the language of the page."""
    language = get_language() or "fa"
    return {slug: pick(name, language) for slug, name in RefusalReason.objects.values_list("slug", "name")} | {
        "new_request": _("asked again")
    }


def field_words() -> dict[str, str]:
    """What the fields of the card are called."""
    language = get_language() or "fa"
    own = {f"custom.{slug}": pick(name, language) for slug, name in CustomField.objects.values_list("slug", "name")}
    return {
        "name": _("Name"),
        "job_title": _("Job title"),
        "company": _("Company"),
        "province": _("Province"),
        "city": _("City"),
        "language": _("Language"),
        "product": _("Product"),
        "owner": _("Owner"),
        "amount": _("Amount"),
        "stage": _("Stage"),
        "title": _("Title"),
        "deal.stage": _("Stage of the deal"),
        "deal.amount": _("Amount of the deal"),
        "deal.currency": _("Currency of the deal"),
        "deal.title": _("Title of the deal"),
        "deal.owner": _("Owner of the deal"),
        **own,
    }


def _names(family: str) -> list[str]:
    return [name for name, own in timeline.FAMILIES.items() if family in ("all", own)]


def source_word(touch: Mapping[str, object]) -> str:
    """google / cpc; nothing known is direct."""
    source, medium = str(touch.get("source") or ""), str(touch.get("medium") or "")
    if source in ("", "direct"):
        return _("Direct")
    return f"{source} / {medium}" if medium else source


def _source_of(lead: Lead) -> str:
    row = LeadSource.objects.filter(lead=lead).first()
    return source_word({"source": row.source, "medium": row.medium}) if row else ""


def _told(events: Sequence[Event], source: str) -> list[timeline.Happened]:
    language = get_language() or "fa"
    users = _of(User, _ids(events, "user"))
    teams = dict(Team.objects.filter(id__in=_ids(events, "team")).values_list("id", "name"))
    rules = dict(AssignmentRule.objects.filter(id__in=_ids(events, "rule")).values_list("id", "name"))
    tasks = dict(Task.objects.filter(id__in=_ids(events, "task")).values_list("id", "title"))
    deals = dict(Deal.objects.filter(id__in=_ids(events, "deal")).values_list("id", "title"))
    texts = dict(Activity.objects.filter(id__in=_ids(events, "activity")).values_list("id", "text"))
    slugs = {str(event.props["form"]) for event in events if event.props.get("form")}
    forms = {slug: pick(title, language) or name for slug, title, name in _forms(slugs)}
    reasons = reason_words() if any(event.props.get("reason") for event in events) else {}
    fields = field_words() if any(event.name == "fields_changed" for event in events) else {}
    retracted = set(
        Event.objects.filter(retracts__in=[event.id for event in events]).values_list("retracts_id", flat=True)
    )
    told = []
    for event in events:
        props = event.props
        names = {
            "user": users.get(props.get("user"), ""),
            "team": teams.get(props.get("team"), ""),
            "rule": rules.get(props.get("rule"), "") if event.name == "lead_assigned" else "",
            "task": tasks.get(props.get("task"), ""),
            "deal": deals.get(props.get("deal"), ""),
            "form": forms.get(str(props.get("form") or ""), ""),
            "source": source if event.name == "lead_created" else "",
            "reason": reasons.get(str(props.get("reason") or ""), ""),
            "fields": _listed(fields.get(field, field) for field in props.get("fields", ())),
        }
        if isinstance(props.get("name"), Mapping) and not names["reason"]:
            names["reason"] = pick(props["name"], language)  # a stage changed by a rule carries the rule's name
        if until := props.get("until"):
            names["until"] = manners.until(datetime.fromisoformat(str(until)))
        told.append(
            timeline.Happened(
                name=event.name,
                at=event.at,
                props=props,
                actor=event.actor.get_full_name() if event.actor else "",
                names={key: value for key, value in names.items() if value},
                text=texts.get(props.get("activity"), ""),
                is_retracted=event.id in retracted,
            )
        )
    return told


def _forms(slugs: Iterable[str]) -> list[tuple[str, dict[str, str], str]]:
    return list(Form.objects.filter(slug__in=slugs).values_list("slug", "title", "name")) if slugs else []


def _ids(events: Sequence[Event], prop: str) -> set[int]:
    return {event.props[prop] for event in events if isinstance(event.props.get(prop), int)}


def _of(model: type[User], ids: Iterable[int]) -> dict[Any, str]:
    return {user.id: user.get_full_name() for user in model.objects.filter(id__in=ids)}


def _listed(words: Iterable[str]) -> str:
    return ("، " if manners.is_persian() else ", ").join(words)
