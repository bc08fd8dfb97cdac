"""What the life of its deals means for a lead: the words of the definition, over any order of acts."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories import AT, make_lead
from sarnakh.convert.models import Deal
from sarnakh.convert.ports import DealChange, NewDeal
from sarnakh.convert.services import ConvertError, add_deal, convert, seed_defaults, set_deal
from sarnakh.leads.answers import standings_of
from sarnakh.leads.models import Event, KindMatch, Lead, LeadMilestone
from sarnakh.qualify.models import RefusalReason
from sarnakh.qualify.services import StageError, set_stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def pipeline() -> None:
    seed_defaults()


@pytest.fixture
def deal() -> Deal:
    return convert(make_lead(), NewDeal("یک", 500), actor=None, at=AT).deal


def stage_of(deal: Deal) -> str:
    return Lead.objects.values_list("stage", flat=True).get(id=deal.lead_id)


def won_at(deal: Deal) -> datetime | None:
    return LeadMilestone.objects.values_list("won_at", flat=True).get(lead=deal.lead_id)


def test_the_first_won_deal_makes_a_customer_with_its_amount_as_value(deal: Deal) -> None:
    won = set_deal(deal, DealChange(status="won", amount=700), actor=None, at=AT + HOUR)
    assert (stage_of(deal), won_at(deal)) == ("customer", AT + HOUR)
    assert (won.amount, won.closed_at, won.closing.name) == (700, AT + HOUR, "deal_won")
    assert won.closing.props == {"deal": deal.id, "amount": 700, "currency": "IRR"}


def test_losing_the_last_open_deal_refuses_the_lead_with_that_reason(deal: Deal) -> None:
    second = add_deal(deal.lead, NewDeal("دو"), actor=None, at=AT)
    set_deal(deal, DealChange(status="lost", reason="no_budget"), actor=None, at=AT + HOUR)
    assert stage_of(deal) == "sql"
    set_deal(second, DealChange(status="lost", reason="price_too_high"), actor=None, at=AT + 2 * HOUR)
    lead = Lead.objects.get(id=deal.lead_id)
    assert (lead.stage, lead.reason) == ("disqualified", "price_too_high")


def test_a_lost_deal_beside_a_won_one_keeps_the_customer(deal: Deal) -> None:
    second = add_deal(deal.lead, NewDeal("دو"), actor=None, at=AT)
    set_deal(deal, DealChange(status="won"), actor=None, at=AT + HOUR)
    set_deal(second, DealChange(status="lost", reason="no_need"), actor=None, at=AT + HOUR)
    assert stage_of(deal) == "customer"


def test_reopening_takes_the_win_back_for_every_past_moment_too(deal: Deal) -> None:
    set_deal(deal, DealChange(status="won"), actor=None, at=AT + HOUR)
    row = set_deal(deal, DealChange(status="open", reason="چک برگشت"), actor=None, at=AT + 5 * HOUR)
    assert (stage_of(deal), won_at(deal)) == ("sql", None)
    assert (row.status, row.closed_at, row.closing) == ("open", None, None)
    assert standings_of([deal.lead_id], until=AT + 2 * HOUR)[deal.lead_id].stage == "sql"
    retracted = Event.objects.get(name="deal_won")
    assert Event.objects.get(name="deal_reopened").retracts == retracted
    assert not KindMatch.objects.filter(event=retracted).exists()


def test_reopening_one_of_two_won_deals_keeps_the_customer_since_the_other(deal: Deal) -> None:
    second = add_deal(deal.lead, NewDeal("دو"), actor=None, at=AT)
    set_deal(deal, DealChange(status="won"), actor=None, at=AT + HOUR)
    set_deal(second, DealChange(status="won"), actor=None, at=AT + 2 * HOUR)
    set_deal(deal, DealChange(status="open", reason="اشتباه"), actor=None, at=AT + 3 * HOUR)
    assert (stage_of(deal), won_at(deal)) == ("customer", AT + 2 * HOUR)


def test_a_lost_deal_reopened_brings_the_lead_back_to_sql(deal: Deal) -> None:
    set_deal(deal, DealChange(status="lost", reason="no_need"), actor=None, at=AT + HOUR)
    set_deal(deal, DealChange(status="open", reason="زنگ زد"), actor=None, at=AT + 2 * HOUR)
    lead = Lead.objects.get(id=deal.lead_id)
    assert lead.stage == "sql"


def test_a_loss_told_late_still_refuses_the_lead_today(deal: Deal) -> None:
    set_stage(deal.lead, "deferred", until=AT + 90 * HOUR, actor=None, at=AT + 9 * HOUR)
    set_deal(deal, DealChange(status="lost", reason="no_need"), actor=None, at=AT + HOUR, received_at=AT + 10 * HOUR)
    assert stage_of(deal) == "disqualified"


def test_a_loss_told_late_is_not_undone_by_a_move_that_did_nothing_when_it_was_made() -> None:
    lead = make_lead()
    set_stage(lead, "mql", actor=None, at=AT + 8 * HOUR)
    deal = convert(lead, NewDeal(), actor=None, at=AT + HOUR, received_at=AT + 9 * HOUR).deal
    set_deal(deal, DealChange(status="lost", reason="no_need"), actor=None, at=AT + 2 * HOUR, received_at=AT + 9 * HOUR)
    assert stage_of(deal) == "disqualified"


@pytest.mark.parametrize(
    ("first", "then", "code", "is_conflict"),
    [
        (DealChange(), DealChange(status="lost"), "reason_required", False),
        (DealChange(), DealChange(status="lost", reason="mood"), "unknown_reason", False),
        (DealChange(status="won"), DealChange(status="open"), "reason_required", False),
        (DealChange(status="won"), DealChange(status="lost", reason="no_need"), "reopen_first", True),
        (DealChange(status="won"), DealChange(amount=1), "reopen_first", True),
        (DealChange(status="won"), DealChange(stage="quote"), "reopen_first", True),
        (DealChange(), DealChange(stage="nowhere"), "unknown_stage", False),
        (DealChange(), DealChange(status="paid"), "unknown_status", False),
        (DealChange(), DealChange(amount=-5), "amount", False),
    ],
)
def test_a_refused_change_changes_nothing(
    deal: Deal, first: DealChange, then: DealChange, code: str, is_conflict: bool
) -> None:
    set_deal(deal, first, actor=None, at=AT + HOUR)
    before = (Deal.objects.filter(id=deal.id).values().get(), Event.objects.count())
    with pytest.raises(ConvertError) as refused:
        set_deal(deal, then, actor=None, at=AT + 2 * HOUR, reasons={"no_need"})
    assert (refused.value.code, refused.value.is_conflict) == (code, is_conflict)
    assert refused.value.message
    assert (Deal.objects.filter(id=deal.id).values().get(), Event.objects.count()) == before


def test_the_same_change_twice_is_one_fact(deal: Deal) -> None:
    for _ in range(2):
        set_deal(deal, DealChange(status="won"), actor=None, at=AT + HOUR)
        deal.refresh_from_db()
    assert Event.objects.filter(name="deal_won").count() == 1


def test_what_changes_on_an_open_deal_is_told(deal: Deal) -> None:
    set_deal(deal, DealChange(stage="quote", amount=900, title="تازه"), actor=None, at=AT + HOUR)
    fact = Event.objects.get(name="fields_changed")
    assert fact.props["fields"] == ["deal.amount", "deal.stage", "deal.title"]
    assert (fact.props["amount"], fact.props["stage"]) == (900, "quote")
    assert "تازه" not in str(fact.props)


# --- any life --------------------------------------------------------------------------------------------------------

ACTS = st.tuples(
    st.sampled_from(["convert", "add", "won", "lost", "open", "stage"]),
    st.integers(0, 3),  # which deal
    st.sampled_from(["mql", "sql", "lead", "disqualified", "deferred"]),
    st.integers(0, 6),  # how many hours back it is dated
)


@dataclass
class Model:
    """The definition in plain Python: deals as (status, won at); nothing of the code under test."""

    deals: list[tuple[str, datetime | None]] = field(default_factory=list)

    @property
    def is_customer(self) -> bool:
        return any(status == "won" for status, _ in self.deals)

    @property
    def won_at(self) -> datetime | None:
        return min((at for status, at in self.deals if status == "won" and at), default=None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(acts=st.lists(ACTS, max_size=14))
def test_the_definition_holds_after_every_act_of_any_life(acts: list[tuple[str, int, str, int]]) -> None:
    RefusalReason.objects.get_or_create(slug="no_need", defaults={"family": "would_not_talk"})
    lead, now, model = make_lead(at=AT), AT + 24 * HOUR, Model()
    deals: list[Deal] = []
    for act, which, to, back in acts:
        now += HOUR
        at = now - back * HOUR
        before = (Event.objects.filter(lead=lead).count(), Lead.objects.values_list("stage").get(id=lead.id))
        try:
            _do(act, lead, deals, model, which, to, at, now)
        except (ConvertError, StageError):
            after = (Event.objects.filter(lead=lead).count(), Lead.objects.values_list("stage").get(id=lead.id))
            assert after == before
        lead.refresh_from_db()
        milestone = LeadMilestone.objects.get(lead=lead)
        assert (lead.stage == "customer") == model.is_customer
        assert milestone.won_at == model.won_at
        assert (milestone.converted_at is None) == (not deals)
        if deals:
            assert milestone.sql_at is not None
        reached = [milestone.mql_at, milestone.sql_at, milestone.won_at]
        for below, above in itertools.pairwise(reached):
            assert above is None or (below is not None and below <= above)
        standing = standings_of([lead.id])[lead.id]
        assert (standing.stage, standing.won_at) == (lead.stage, milestone.won_at)


def _do(
    act: str, lead: Lead, deals: list[Deal], model: Model, which: int, to: str, at: datetime, now: datetime
) -> None:
    if act == "stage":
        until = now + HOUR if to == "deferred" else None
        set_stage(lead, to, reason="no_need", until=until, actor=None, at=at, received_at=now)
        return
    if act == "convert":
        deals.append(convert(lead, NewDeal(), actor=None, at=at, received_at=now).deal)
        model.deals.append(("open", None))
        return
    if act == "add":
        deals.append(add_deal(lead, NewDeal(), actor=None, at=at, received_at=now))
        model.deals.append(("open", None))
        return
    if not deals:
        return
    which %= len(deals)
    was = model.deals[which][0]
    set_deal(deals[which], DealChange(status=act, reason="no_need"), actor=None, at=at, received_at=now)
    model.deals[which] = (act, at if was != act else model.deals[which][1])
    if was == act:
        return
    lead.refresh_from_db()
    statuses = [status for status, _ in model.deals]
    if act == "lost" and "open" not in statuses and "won" not in statuses:
        assert (lead.stage, lead.reason) == ("disqualified", "no_need")
    if act == "open" and "won" not in statuses:
        assert lead.stage == "sql"
