"""/leads/<id>: the card, its timeline, and every act on it. Each act answers with the card as it then stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sarnakh.accounts import selectors as accounts
from sarnakh.accounts.rules import Right
from sarnakh.convert import services as deals
from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.selectors import deal_for
from sarnakh.engage import services as talks
from sarnakh.engage.ports import NextStep, Talk
from sarnakh.engage.selectors import task_for
from sarnakh.kit.money import MoneyError, parse_typed_money
from sarnakh.leads.models import Lead
from sarnakh.leads.selectors import lead_for
from sarnakh.lifecycle.steps import advance
from sarnakh.qualify import services as fitness
from sarnakh.qualify.selectors import reason_slugs
from sarnakh.web.access import UserRequest, signed_in
from sarnakh.web.pages.lead_card import LeadCard
from sarnakh.web.pages.lead_reading import card_of
from sarnakh.web.pages.timeline import FAMILIES

HOUR = timedelta(hours=1)
Refused = (fitness.StageError, talks.EngageError, deals.ConvertError, ValueError)


@require_GET
@signed_in
def page(request: UserRequest, lead_id: int) -> HttpResponse:
    lead = lead_for(request.user, lead_id)
    if lead.id != lead_id:
        return redirect(f"/leads/{lead.id}")  # merged away: the kept card
    return render(request, "lead/page.html", {"card": _card(request, lead)})


@require_GET
@signed_in
def events(request: UserRequest, lead_id: int) -> HttpResponse:
    """The filters and the timeline: what htmx asks for when the filter changes or for what came earlier."""
    lead = lead_for(request.user, lead_id)
    return render(request, "lead/_events.html", {"card": _card(request, lead, is_whole=False)})


@require_POST
@signed_in
def log(request: UserRequest, lead_id: int) -> HttpResponse:
    """A call with its outcome, or a note; with a next step where one is given."""
    given = request.POST

    def act(lead: Lead, at: datetime) -> str:
        talk = Talk(
            kind=given.get("kind", ""),
            direction=given.get("direction", ""),
            outcome=given.get("outcome", ""),
            text=given.get("text", "").strip(),
        )
        due_at = _moment(given.get("next_at_day", ""), given.get("next_at_time", ""))
        step = NextStep(kind="call", due_at=due_at) if due_at else None
        talks.log_activity(lead, talk, actor=request.user.id, at=at, next_step=step)
        return _("Saved, and the next step is set.") if step else _("Saved.")

    return _carry_out(request, lead_id, act)


@require_POST
@signed_in
def add_task(request: UserRequest, lead_id: int) -> HttpResponse:
    given = request.POST

    def act(lead: Lead, at: datetime) -> str:
        due_at = _moment(given.get("due_at_day", ""), given.get("due_at_time", ""))
        if due_at is None:
            raise ValueError(_("Say when it is due."))
        step = NextStep(kind=given.get("kind", ""), due_at=due_at, title=given.get("title", "").strip())
        talks.add_task(lead, step, actor=request.user.id, at=at)
        return _("The next step is set.")

    return _carry_out(request, lead_id, act)


@require_POST
@signed_in
def check(request: UserRequest, lead_id: int) -> HttpResponse:
    """One of the five points: met or not, and what is known."""
    given = request.POST

    def act(lead: Lead, at: datetime) -> str:
        fitness.set_checklist_item(
            lead,
            given.get("item", ""),
            given.get("is_met") == "1",
            note=given.get("note", "").strip(),
            actor=request.user.id,
            at=at,
        )
        return _("Saved.")

    return _carry_out(request, lead_id, act)


@require_POST
@signed_in
def move(request: UserRequest, lead_id: int) -> HttpResponse:
    """To MQL, SQL, disqualified, deferred, or back to lead."""
    given = request.POST

    def act(lead: Lead, at: datetime) -> str:
        to = given.get("to", "")
        until = _moment(given.get("until", ""), "08:00") if to == "deferred" else None
        fitness.set_stage(lead, to, reason=given.get("reason", "").strip(), until=until, actor=request.user.id, at=at)
        said = {
            "disqualified": _("Disqualified; the card stays with its history."),
            "deferred": _("Deferred; it comes back by itself."),
            "lead": _("It is back."),
        }
        return said.get(to, _("The stage has moved."))

    return _carry_out(request, lead_id, act)


@require_POST
@signed_in
def convert(request: UserRequest, lead_id: int) -> HttpResponse:
    """Contact, company and deal; for a lead that was converted before, one more deal."""
    given = request.POST

    def act(lead: Lead, at: datetime) -> str:
        amount, currency = _money(given.get("amount", ""), accounts.organisation().currency)
        deal = NewDeal(title=given.get("title", "").strip(), amount=amount, currency=currency)
        try:
            deals.convert(lead, deal, actor=request.user.id, at=at)
        except deals.AlreadyConverted:
            deals.add_deal(lead, deal, actor=request.user.id, at=at)
        return _("The deal is made.")

    return _carry_out(request, lead_id, act)


@require_POST
@signed_in
def set_deal(request: UserRequest, deal_id: int, status: str) -> HttpResponse:
    """Win, lose or reopen a deal."""
    deal = deal_for(request.user, deal_id)

    def act(lead: Lead, at: datetime) -> str:
        change = DealChange(status=status, reason=request.POST.get("reason", "").strip())
        deals.set_deal(deal, change, actor=request.user.id, at=at, reasons=reason_slugs())
        return {"won": _("Won. Well done."), "lost": _("The deal is lost."), "open": _("The deal is open again.")}[
            status
        ]

    return _carry_out(request, deal.lead_id, act)


@require_POST
@signed_in
def finish_task(request: UserRequest, task_id: int) -> HttpResponse:
    task = task_for(request.user, task_id)

    def act(lead: Lead, at: datetime) -> str:
        talks.complete_task(task, actor=request.user.id, at=at)
        return _("Done.")

    return _carry_out(request, task.lead_id, act)


@require_POST
@signed_in
def put_off_task(request: UserRequest, task_id: int) -> HttpResponse:
    """An hour from now."""
    task = task_for(request.user, task_id)

    def act(lead: Lead, at: datetime) -> str:
        talks.move_task(task, due_at=at + HOUR, actor=request.user.id, at=at)
        return _("In an hour, then.")

    return _carry_out(request, task.lead_id, act)


def _carry_out(request: UserRequest, lead_id: int, act: Callable[[Lead, datetime], str]) -> HttpResponse:
    """Do one act on a lead inside the user's gate, let the stages follow, answer with the card and a word."""
    accounts.demand(request.user, Right.WRITE_LEADS)
    lead, at = lead_for(request.user, lead_id), timezone.now()
    kind, word = "success", ""
    try:
        word = act(lead, at)
    except Refused as error:
        kind, word = "error", getattr(error, "message", "") or str(error)
    else:
        advance([lead.id], at=timezone.now())
    if not request.headers.get("HX-Request"):
        messages.add_message(request, messages.ERROR if kind == "error" else messages.SUCCESS, word)
        return redirect(f"/leads/{lead.id}")
    context = {"card": _card(request, lead_for(request.user, lead.id)), "kind": kind, "word": word}
    return render(request, "lead/_answer.html", context)


def _card(request: UserRequest, lead: Lead, *, is_whole: bool = True) -> LeadCard:
    family = request.GET.get("show", "all")
    before = request.GET.get("before", "")
    return card_of(
        lead,
        user=request.user,
        at=timezone.now(),
        family=family if family in FAMILIES.values() else "all",
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        is_whole=is_whole,
    )


def _moment(day: str, clock: str) -> datetime | None:
    """A day and a time of the organisation as a moment; None when either is not there."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(day), time.fromisoformat(clock)))
    except ValueError:
        return None


def _money(text: str, currency: str) -> tuple[int, str]:
    """What was typed, in Toman where the currency is Rial; nothing typed is nothing."""
    if not text.strip():
        return 0, currency
    try:
        money = parse_typed_money(text, "IRT" if currency == "IRR" else currency)
    except MoneyError as error:
        raise ValueError(_("This amount cannot be read: write digits, like 12,500,000.")) from error
    return money.amount, money.currency
