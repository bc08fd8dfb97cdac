"""Fills the lead card for one user out of the stages' selectors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sarnakh.accounts import rules as rights
from sarnakh.accounts import selectors as accounts
from sarnakh.accounts.models import User
from sarnakh.convert import selectors as deals
from sarnakh.distribute import selectors as hands
from sarnakh.engage import rules as talks
from sarnakh.engage import selectors as tasks
from sarnakh.kit.text import pick
from sarnakh.kit.worktime import next_working_moment
from sarnakh.leads.models import (
    Consent,
    CustomField,
    DuplicatePair,
    Identity,
    Lead,
    LeadMilestone,
    LeadSource,
    Visitor,
)
from sarnakh.leads.rules import FORWARD
from sarnakh.leads.selectors import leads_for
from sarnakh.qualify import selectors as fitness
from sarnakh.score import selectors as scores
from sarnakh.score.models import Rule
from sarnakh.web import manners
from sarnakh.web.pages import timeline
from sarnakh.web.pages.lead_card import (
    Choice,
    ConsentLine,
    DealLine,
    LeadCard,
    Line,
    NextStep,
    Owner,
    Point,
    Reach,
    Score,
    ScoreLine,
    Step,
    Touch,
    Twin,
)
from sarnakh.web.pages.lead_words import count_of_facts, page_of_facts, reason_words, source_word

WRITING = frozenset({"log", "task", "check", "stage", "convert", "deal"})
PERSONAL = ("mobile", "phone", "email", "role_email", "messenger")


def card_of(
    lead: Lead, *, user: User, at: datetime, family: str = "all", before: int | None = None, is_whole: bool = True
) -> LeadCard:
    """The card of a lead that has come through the gate. Not `is_whole`: the timeline only."""
    facts, older = page_of_facts(lead, family=family, before=before)
    name = lead.person.name or _first_reach(lead) or _("Unnamed")
    if not is_whole:
        return LeadCard(
            id=lead.id,
            name=name,
            stage=lead.stage,
            score=_score(lead, at, is_explained=False),
            days=timeline.days(facts),
            shown=family,
            older=older,
        )
    milestone = LeadMilestone.objects.filter(lead=lead).first()
    reach = _reach(lead)
    person_lines, company_lines = _person_lines(lead), _company_lines(lead)
    filled = _filled(lead, reach, person_lines, company_lines)
    reasons = reason_words()
    language = get_language() or "fa"
    families = {
        "ignored": _("No answer at all"),
        "would_not_talk": _("Would not talk"),
        "refused_to_buy": _("Would not buy"),
    }
    in_use = list(fitness.reasons_in_use())
    return LeadCard(
        id=lead.id,
        name=name,
        stage=lead.stage,
        score=_score(lead, at),
        job_title=lead.person.job_title,
        company=lead.person.company.name if lead.person.company else "",
        city=lead.person.city,
        reason=reasons.get(lead.reason, lead.reason),
        deferred_until=lead.deferred_until,
        product=pick(lead.product.name, language) if lead.product else "",
        owner=_owner(lead),
        team=lead.team.name if lead.team else "",
        steps=_steps(lead, milestone, at),
        reach=reach,
        completeness=round(100 * sum(1 for _label, is_there in filled if is_there) / len(filled)) if filled else 0,
        missing=tuple(label for label, is_there in filled if not is_there)[:3],
        company_lines=company_lines,
        person_lines=person_lines,
        touches=_touches(lead),
        source_lines=_source_lines(lead),
        consents=_consents(lead),
        points=tuple(Point(item=p.item, is_met=p.is_met, note=p.note) for p in fitness.checklist(lead)),
        next_step=_next_step(lead, at),
        twins=_twins(lead, user),
        deals=_deals(lead, reasons, language),
        days=timeline.days(facts),
        counts={"all": count_of_facts(lead)},
        shown=family,
        older=older,
        may=_acts(user),
        refusal_reasons=tuple(
            Choice(value=row.slug, label=pick(row.name, language), group=families.get(row.family, "")) for row in in_use
        ),
        loss_reasons=tuple(Choice(value=row.slug, label=pick(row.name, language)) for row in in_use),
        currency=accounts.organisation().currency if accounts.is_set_up() else "IRR",
        next_call_at=_next_call_at(at),
    )


def _acts(user: User) -> frozenset[str]:
    return WRITING if rights.may(user.role, rights.Right.WRITE_LEADS) else frozenset()


def _first_reach(lead: Lead) -> str:
    row = Identity.objects.filter(person=lead.person_id, kind__in=PERSONAL, hidden_at__isnull=True).first()
    if row is None:
        return ""
    return manners.phone(row.value) if row.kind in ("mobile", "phone") else row.value


def _reach(lead: Lead) -> tuple[Reach, ...]:
    rows = Identity.objects.filter(person=lead.person_id, hidden_at__isnull=True).exclude(kind="user_id")
    order = {kind: place for place, kind in enumerate((*PERSONAL, "national_id"))}
    return tuple(
        Reach(
            kind=row.kind,
            value=row.value,
            is_verified=row.verified_at is not None,
            is_shared=row.kind == "phone" and not row.is_exclusive,
        )
        for row in sorted(rows, key=lambda row: (order.get(row.kind, 9), row.id))
    )


def _person_lines(lead: Lead) -> tuple[Line, ...]:
    person, language = lead.person, get_language() or "fa"
    lines = [Line(label=_("Province"), value=person.province)] if person.province else []
    if lead.product:
        lines.append(Line(label=_("Product"), value=pick(lead.product.name, language)))
    for own in CustomField.objects.order_by("position", "id"):
        lines.append(Line(label=pick(own.name, language), value=_own_value(person.custom.get(own.slug), own, language)))
    return tuple(lines)


def _own_value(value: object, own: CustomField, language: str) -> str:
    if value is None or value == "":
        return ""
    if own.type == CustomField.Type.YES_NO:
        return _("Yes") if value else _("No")
    for option in own.options:
        if isinstance(option, Mapping) and option.get("value") == value:
            return pick(option.get("label"), language) or str(value)
    return str(value)


def _company_lines(lead: Lead) -> tuple[Line, ...]:
    company = lead.person.company
    if company is None:
        return ()
    return (
        Line(label=_("Name"), value=company.name),
        Line(label=_("Industry"), value=company.industry),
        Line(label=_("People"), value=str(company.size) if company.size else "", is_number=True),
        *([Line(label=_("Site"), value=company.domain, is_latin=True)] if company.domain else []),
    )


def _filled(
    lead: Lead, reach: tuple[Reach, ...], person_lines: tuple[Line, ...], company_lines: tuple[Line, ...]
) -> list[tuple[str, bool]]:
    """What a whole card would have, and whether it is there."""
    kinds = {each.kind for each in reach}
    return [
        (_("name"), bool(lead.person.name)),
        (_("mobile"), bool(kinds & {"mobile", "phone"})),
        (_("e-mail"), bool(kinds & {"email", "role_email"})),
        (_("job title"), bool(lead.person.job_title)),
        (_("company"), lead.person.company is not None),
        (_("city"), bool(lead.person.city or lead.person.province)),
        *((line.label, bool(line.value)) for line in (*company_lines, *person_lines)),
    ]


def _owner(lead: Lead) -> Owner | None:
    if lead.owner is None:
        return None
    last = hands.assignments_of(lead.id).first()
    why: tuple[str, ...] = ()
    if last is not None and last.user_id == lead.owner_id:
        said = hands.explain(last)
        considered = (_("Considered: %(people)s") % {"people": "؛ ".join(said.considered)},) if said.considered else ()
        why = (said.headline, *considered, *said.skipped, *((said.note,) if said.note else ()))
    return Owner(
        id=lead.owner.id,
        name=lead.owner.get_full_name(),
        team=lead.team.name if lead.team else "",
        since=last.at if last else None,
        why=why,
    )


def _steps(lead: Lead, milestone: LeadMilestone | None, at: datetime) -> tuple[Step, ...]:
    reached = (milestone.created_at, milestone.mql_at, milestone.sql_at, milestone.won_at) if milestone else ()
    moments = dict(zip(FORWARD, reached or (lead.created_at, None, None, None), strict=True))
    is_out = lead.stage not in FORWARD
    now = FORWARD.index(lead.stage) if not is_out else max(i for i, s in enumerate(FORWARD) if i == 0 or moments[s])
    steps = []
    for place, stage in enumerate(FORWARD):
        state = "done" if place < now else "todo" if place > now else "out" if is_out else "now"
        if stage == "customer" and state == "now":
            state = "done"
        since = lead.stage_at if state == "now" else moments[stage] if state != "todo" else None
        days = (at - lead.stage_at).days if state == "now" else None
        steps.append(Step(stage=stage, state=state, at=since, days=days or None))
    return tuple(steps)


def _score(lead: Lead, at: datetime, *, is_explained: bool = True) -> Score:
    """The stored score with the lines it adds up from, as of the moment at which it was computed."""
    plain = Score(
        value=lead.score,
        fit=lead.fit,
        engagement=lead.engagement,
        temperature=lead.temperature,
        scored_at=lead.scored_at,
    )
    if not is_explained or lead.scored_at is None:
        return plain
    week = timedelta(days=7)
    change = None
    if lead.created_at < at - week:
        change = round(lead.score) - round(scores.score_at(lead, at - week).score)
    return Score(
        value=lead.score,
        fit=lead.fit,
        engagement=lead.engagement,
        temperature=lead.temperature,
        scored_at=lead.scored_at,
        change_7d=change or None,
        lines=_score_lines(lead, lead.scored_at),
    )


def _score_lines(lead: Lead, at: datetime) -> tuple[ScoreLine, ...]:
    """A line for each rule and each ceiling, the largest first; what 0 and 100 cut off is a line of its own."""
    sums: dict[tuple[str, int | None, str], tuple[int, int]] = {}
    for share in scores.shares(lead, at):
        key = (share.kind, share.rule, share.name)
        hundredths, times = sums.get(key, (0, 0))
        sums[key] = (hundredths + share.hundredths, times + share.count)
    total = sum(hundredths for hundredths, _times in sums.values())
    half_lives = dict(
        Rule.objects.filter(id__in=[rule for _kind, rule, _name in sums if rule]).values_list("id", "half_life_days")
    )
    largest = max((abs(hundredths) for hundredths, _times in sums.values()), default=1) or 1
    lines = [
        ScoreLine(
            label=name,
            points=hundredths / 100,
            kind=kind,
            half_life_days=half_lives.get(rule) if kind == "rule" and rule else None,
            times=times,
            length=round(90 * abs(hundredths) / largest),
        )
        for (kind, rule, name), (hundredths, times) in sums.items()
    ]
    lines.sort(key=lambda line: (line.points < 0, -abs(line.points)))
    cut = min(10_000, max(0, total)) - total
    if cut:
        length = min(90, round(90 * abs(cut) / largest))
        lines.append(ScoreLine(label="", points=cut / 100, kind="limit", length=length))
    return tuple(lines)


def _touches(lead: Lead) -> tuple[Touch, ...]:
    """The first and the last visit that came from somewhere, of the devices that are this person's."""
    visitors = Visitor.objects.filter(links__person=lead.person_id, links__retracted_at__isnull=True).distinct()
    found = []
    for visitor in visitors:
        for touch in (visitor.first_touch, visitor.last_touch):
            if touch.get("at"):
                found.append((datetime.fromisoformat(str(touch["at"])), source_word(touch)))
    found = sorted(set(found))
    if not found:
        return ()
    ends = [found[0], found[-1]] if len(found) > 1 else found
    places = ("first", "last") if len(ends) > 1 else ("first",)
    return tuple(
        Touch(icon="mouse-pointer-click", label=label, at=moment, place=place)
        for (moment, label), place in zip(ends, places, strict=True)
    )


def _source_lines(lead: Lead) -> tuple[Line, ...]:
    row = LeadSource.objects.filter(lead=lead).first()
    if row is None:
        return ()
    lines = (
        (_("Source"), source_word({"source": row.source, "medium": row.medium})),
        (_("Campaign"), row.campaign),
        ("utm_term", row.term),
        ("utm_content", row.content),
        (_("Form"), row.form),
    )
    return tuple(Line(label=label, value=value) for label, value in lines if value)


def _consents(lead: Lead) -> tuple[ConsentLine, ...]:
    """The latest word on each purpose and channel."""
    latest = {
        (row.purpose, row.channel): row
        for row in Consent.objects.filter(person=lead.person_id, retracted_at__isnull=True).order_by("at", "id")
    }
    return tuple(
        ConsentLine(channel=row.channel, purpose=row.purpose, is_granted=row.is_granted, at=row.at)
        for row in sorted(latest.values(), key=lambda row: (row.purpose != "service", row.channel))
    )


def _next_step(lead: Lead, at: datetime) -> NextStep | None:
    waiting = list(tasks.open_tasks_of(lead))
    if not waiting:
        return None
    task = waiting[0]
    nth = tasks.calls_made([lead.id]).get(lead.id, 0) + 1 if task.kind == talks.CALL else 0
    is_cadence = 0 < nth <= talks.ATTEMPTS and not task.title
    return NextStep(
        id=task.id,
        kind=task.kind,
        title=task.title,
        due_at=task.due_at,
        is_late=task.due_at < at,
        late_s=max(0, int((at - task.due_at).total_seconds())),
        nth=nth if is_cadence else 0,
        of=talks.ATTEMPTS if is_cadence else 0,
        more=len(waiting) - 1,
    )


def _twins(lead: Lead, user: User) -> tuple[Twin, ...]:
    """Cards that may be the same person, among those this user may see."""
    pairs = DuplicatePair.objects.filter(state="open")
    others = {pair.high_id: pair.confidence for pair in pairs.filter(low=lead.person_id)}
    others |= {pair.low_id: pair.confidence for pair in pairs.filter(high=lead.person_id)}
    if not others:
        return ()
    seen = leads_for(user).filter(person__in=others).select_related("person").order_by("person", "-id")
    return tuple(
        Twin(
            lead=each.id,
            name=each.person.name or _("Unnamed"),
            confidence=others[each.person_id],
            url=f"/leads/{each.id}",
        )
        for each in {row.person_id: row for row in seen}.values()
    )[:3]


def _deals(lead: Lead, reasons: Mapping[str, str], language: str) -> tuple[DealLine, ...]:
    return tuple(
        DealLine(
            id=deal.id,
            title=deal.title or _("Deal"),
            amount=deal.amount,
            currency=deal.currency,
            stage=pick(deal.stage.name, language),
            status=deal.status,
            closed_at=deal.closed_at,
            reason=reasons.get(deal.reason, deal.reason) if deal.status == "lost" else "",
        )
        for deal in deals.deals_of(lead)
    )


def _next_call_at(at: datetime) -> datetime:
    """Tomorrow at ten, or the first working moment after it."""
    tomorrow = timezone.localtime(at).date() + timedelta(days=1)
    wished = timezone.make_aware(datetime.combine(tomorrow, time(10)))
    if not accounts.is_set_up():
        return wished
    office = accounts.working_time()
    return next_working_moment(wished, office.week, office.holidays, office.tz) if any(office.week) else wished
