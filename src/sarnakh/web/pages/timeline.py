"""A fact, said in a sentence: which icon, which tone, which family, and what stands under it.

Facts come in as `Happened`; `days` groups them by the day of the organisation, newest first, and folds a run of the
same sentence on one day into one line with a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sarnakh.web import manners
from sarnakh.web.pages.lead_card import Day, Entry
from sarnakh.web.templatetags import sarnakh as marks


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One fact with the names that its ids stand for. `names` holds what the sentence needs and `props` only points to:
    user, team, rule, form, reason, task, page."""

    name: str
    at: datetime
    props: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    text: str = ""  # what was said or written
    is_retracted: bool = False


@dataclass(frozen=True)
class Saying:
    icon: str
    family: str
    sentence: Callable[[Happened], SafeString]
    tone: str = ""
    note: Callable[[Happened], str] = lambda happened: ""


def days(facts: Iterable[Happened]) -> tuple[Day, ...]:
    """Newest first, by day, with runs folded. What has no saying (inner workings) is left out."""
    entries = [found for found in map(entry, facts) if found]
    entries.sort(key=lambda shown: shown.at, reverse=True)
    return tuple(Day(on=on, entries=tuple(_folded(of_day))) for on, of_day in groupby(entries, key=_day_of))


def entry(fact: Happened) -> Entry | None:
    saying = SAYINGS.get(fact.name)
    if saying is None:
        return None
    tone = CALL_TONES.get(str(fact.props.get("outcome", "")), "") if fact.name == "call_logged" else saying.tone
    return Entry(
        at=fact.at,
        sentence=saying.sentence(fact),
        icon=_icon_of(fact, saying),
        family=saying.family,
        tone=tone,
        note=saying.note(fact),
        body=fact.text,
        by=fact.actor,
        is_taken_back=fact.is_retracted,
    )


def _day_of(shown: Entry) -> date:
    return timezone.localtime(shown.at).date()


def _folded(entries: Iterable[Entry]) -> list[Entry]:
    """The same behaviour again in a row counts up on the newest line."""
    folded: list[Entry] = []
    for shown in entries:
        last = folded[-1] if folded else None
        if last and shown.family == "behaviour" and last.sentence == shown.sentence and not shown.body:
            folded[-1] = replace(last, times=last.times + 1)
        else:
            folded.append(shown)
    return folded


def _icon_of(fact: Happened, saying: Saying) -> str:
    if fact.name == "call_logged":
        if fact.props.get("direction") == "inbound":
            return "phone-incoming"
        return {"connected": "phone-call", "wrong_number": "phone-off"}.get(
            str(fact.props.get("outcome", "")), "phone-missed"
        )
    if fact.name == "stage_changed" and fact.props.get("to") == "disqualified":
        return "ban"
    return saying.icon


def _bold(text: object) -> SafeString:
    # Names come in either script: each keeps its own direction inside the sentence.
    return format_html('<bdi class="font-semibold">{}</bdi>', text)


def _said(template: str, **values: object) -> SafeString:
    return format_html(template, **values)


def _plain(template: str) -> SafeString:
    return format_html("{}", template)


def _by(fact: Happened, by_person: str, by_itself: str, **values: object) -> SafeString:
    """The sentence with whoever did it, or the one of what came by a rule."""
    return (
        _said(_(by_person), who=format_html("<bdi>{}</bdi>", fact.actor), **values)
        if fact.actor
        else _said(_(by_itself), **values)
    )


def outcome_word(outcome: str) -> str:
    words = {
        "connected": _("connected"),
        "no_answer": _("no answer"),
        "busy": _("busy"),
        "call_later": _("asked to be called later"),
        "wrong_number": _("wrong number"),
    }
    return words.get(outcome, outcome)


CALL_TONES = {"connected": "ok", "wrong_number": "bad"}


def _page(fact: Happened) -> SafeString:
    title = fact.names.get("page") or fact.props.get("title") or fact.props.get("path") or fact.props.get("url") or ""
    return _said(_("Saw the page {page}"), page=_bold(title))


def _call(fact: Happened) -> SafeString:
    outcome = outcome_word(str(fact.props.get("outcome", "")))
    is_inbound = fact.props.get("direction") == "inbound"
    label = _bold(_("Incoming call") if is_inbound else _("Call"))
    length = marks.duration(fact.props.get("duration_s"))
    if not outcome:
        return label
    if length:
        return format_html(
            '{}{} {} <span class="text-ink-3"><bdi dir="ltr">{}</bdi></span>', label, _comma(), outcome, length
        )
    return format_html("{}{} {}", label, _comma(), outcome)


def _comma() -> str:
    return "،" if manners.is_persian() else ","


def _stage(fact: Happened) -> SafeString:
    before, after = (marks.stage(str(fact.props.get(end) or "lead")) for end in ("from", "to"))
    arrow = marks.icon("arrow-right", "!size-3.5 inline text-ink-3")
    change = format_html("{} {} {}", before, arrow, after)
    return _by(
        fact, gettext_noop("{who} moved the stage: {change}"), gettext_noop("The stage moved: {change}"), change=change
    )


def _stage_note(fact: Happened) -> str:
    reason = fact.names.get("reason") or str(fact.props.get("reason") or "")
    until = fact.names.get("until", "")
    return f"{reason}{_comma()} {until}" if reason and until else reason or until


def _assigned(fact: Happened) -> SafeString:
    user, team, rule = (fact.names.get(key, "") for key in ("user", "team", "rule"))
    if user and rule:
        return _said(
            _("Given to {user} by the rule “{rule}”"), user=_bold(user), rule=format_html("<bdi>{}</bdi>", rule)
        )
    if user:
        return _by(fact, gettext_noop("{who} gave it to {user}"), gettext_noop("Given to {user}"), user=_bold(user))
    if team:
        return _said(_("Waits for somebody of the team {team}"), team=_bold(team))
    return _plain(_("Waits for an owner"))


def _temperature(fact: Happened) -> SafeString:
    score = marks.number(fact.props.get("score") or 0)
    before, after = marks.temp(str(fact.props.get("from"))), marks.temp(str(fact.props.get("to")))
    return _said(
        _("The score came to {score}, temperature {before} to {after}"), score=_bold(score), before=before, after=after
    )


def _fields(fact: Happened) -> SafeString:
    fields = fact.names.get("fields", "")
    return _by(fact, gettext_noop("{who} changed {fields}"), gettext_noop("Changed: {fields}"), fields=fields)


def _checked(fact: Happened) -> SafeString:
    point = _bold(marks.point_word(str(fact.props.get("item", ""))))
    if fact.props.get("is_met"):
        return _by(fact, gettext_noop("{who} ticked {point}"), gettext_noop("Ticked: {point}"), point=point)
    return _by(fact, gettext_noop("{who} unticked {point}"), gettext_noop("Unticked: {point}"), point=point)


def _task(template: str) -> Callable[[Happened], SafeString]:
    def sentence(fact: Happened) -> SafeString:
        task = fact.names.get("task") or marks.task_word(str(fact.props.get("kind", "")))
        return _said(_(template), task=_bold(task))

    return sentence


def _due(fact: Happened) -> str:
    due = fact.props.get("due_at") or fact.props.get("to")
    return manners.moment(datetime.fromisoformat(str(due)), now=timezone.now()) if due else ""


def _deal(template: str) -> Callable[[Happened], SafeString]:
    def sentence(fact: Happened) -> SafeString:
        amount = fact.props.get("amount")
        said = marks.money(int(amount), str(fact.props.get("currency", "IRR"))) if amount else ""
        return format_html(
            "{}{}",
            _bold(_(template)),
            format_html(' <span class="text-ink-2">{}</span>', said) if said else "",
        )

    return sentence


def _reason(fact: Happened) -> str:
    return fact.names.get("reason") or str(fact.props.get("reason") or "")


def _consent(template: str) -> Callable[[Happened], SafeString]:
    def sentence(fact: Happened) -> SafeString:
        channel = marks.channel_word(str(fact.props.get("channel", "")))
        return _said(_(template), channel=_bold(channel))

    return sentence


def _named(template: str, key: str, *props: str) -> Callable[[Happened], SafeString]:
    """A sentence with one name in it, out of `names`, else the first prop that is there."""

    def sentence(fact: Happened) -> SafeString:
        value = fact.names.get(key) or next((fact.props[prop] for prop in props if fact.props.get(prop)), "")
        return _said(_(template), **{key: _bold(value)})

    return sentence


def _fixed(template: str) -> Callable[[Happened], SafeString]:
    return lambda fact: _plain(_(template))


# name -> how it is said. A built-in fact without a line here is inner working and stays off the card.
SAYINGS: dict[str, Saying] = {
    "lead_created": Saying(
        "sparkles", "change", _fixed(gettext_noop("Became a lead")), "tint", lambda f: f.names.get("source", "")
    ),
    "capture_joined": Saying(
        "merge", "behaviour", _fixed(gettext_noop("Asked again")), "tint", lambda f: f.names.get("source", "")
    ),
    "form_viewed": Saying(
        "layout-template", "behaviour", _named(gettext_noop("Opened the form {form}"), "form", "title", "form")
    ),
    "form_submitted": Saying(
        "layout-template", "behaviour", _named(gettext_noop("Sent the form {form}"), "form", "title", "form"), "tint"
    ),
    "page_viewed": Saying("eye", "behaviour", _page),
    "file_downloaded": Saying(
        "download", "behaviour", _named(gettext_noop("Downloaded {file}"), "file", "title", "file", "url"), "tint"
    ),
    "link_clicked": Saying(
        "mouse-pointer-click", "behaviour", _named(gettext_noop("Clicked the link {link}"), "link", "title", "url")
    ),
    "tracked": Saying("zap", "behaviour", _named(gettext_noop("Did: {event}"), "event", "event")),
    "email_sent": Saying(
        "mail", "talk", _named(gettext_noop("We sent the e-mail {subject}"), "subject", "subject", "template")
    ),
    "email_opened": Saying(
        "mail-open", "behaviour", _named(gettext_noop("Opened the e-mail {subject}"), "subject", "subject", "template")
    ),
    "email_clicked": Saying(
        "mouse-pointer-click",
        "behaviour",
        _named(gettext_noop("Clicked in the e-mail {subject}"), "subject", "subject", "template"),
        "hot",
    ),
    "unsubscribed": Saying("mail", "behaviour", _fixed(gettext_noop("Unsubscribed")), "bad"),
    "call_logged": Saying("phone-call", "talk", _call),
    "meeting_held": Saying("users-round", "talk", _fixed(gettext_noop("Meeting held")), "ok"),
    "note_added": Saying("file-text", "talk", _fixed(gettext_noop("Note"))),
    "message_logged": Saying("message-square", "talk", _fixed(gettext_noop("Message"))),
    "task_created": Saying("calendar-clock", "change", _task(gettext_noop("Next step set: {task}")), "", _due),
    "task_done": Saying("circle-check", "change", _task(gettext_noop("Done: {task}")), "ok"),
    "task_moved": Saying("clock", "change", _task(gettext_noop("Put off: {task}")), "", _due),
    "stage_changed": Saying("git-branch", "change", _stage, "tint", _stage_note),
    "fields_changed": Saying("pencil", "change", _fields),
    "lead_assigned": Saying("user-round-check", "change", _assigned),
    "temperature_changed": Saying("gauge", "change", _temperature, "warm"),
    "checklist_set": Saying("list-checks", "change", _checked),
    "deal_created": Saying(
        "handshake", "change", _deal(gettext_noop("Deal made")), "tint", lambda f: f.names.get("deal", "")
    ),
    "deal_won": Saying("trophy", "change", _deal(gettext_noop("Deal won")), "ok", lambda f: f.names.get("deal", "")),
    "deal_lost": Saying("thumbs-down", "change", _deal(gettext_noop("Deal lost")), "bad", _reason),
    "deal_reopened": Saying("rotate-ccw", "change", _deal(gettext_noop("Deal opened again")), "warm", _reason),
    "lead_converted": Saying(
        "handshake", "change", _fixed(gettext_noop("Converted: contact, company and deal")), "tint"
    ),
    "persons_merged": Saying("merge", "change", _fixed(gettext_noop("Merged with another card"))),
    "merge_undone": Saying("undo-2", "change", _fixed(gettext_noop("The merge was undone"))),
    "device_linked": Saying("smartphone", "change", _fixed(gettext_noop("A device became theirs"))),
    "device_detached": Saying("smartphone", "change", _fixed(gettext_noop("A device was detached"))),
    "consent_given": Saying("shield-check", "change", _consent(gettext_noop("Agreed to {channel}")), "ok"),
    "consent_withdrawn": Saying(
        "shield-alert", "change", _consent(gettext_noop("Withdrew consent for {channel}")), "bad"
    ),
    "lead_returned": Saying("rotate-ccw", "change", _fixed(gettext_noop("Came back")), "warm", _reason),
}
FAMILIES = {name: saying.family for name, saying in SAYINGS.items()}
