"""From a lead to a contact, a company and a deal."""

from datetime import timedelta

import pytest

from factories import AT, make_lead, make_user
from sarnakh.convert.models import Deal, Pipeline, PipelineStage
from sarnakh.convert.ports import NewDeal
from sarnakh.convert.selectors import contact_of, contacts_for, deals_for
from sarnakh.convert.services import AlreadyConverted, ConvertError, add_deal, convert, seed_defaults
from sarnakh.leads.fields import change_fields
from sarnakh.leads.models import Company, Contact, Event, LeadMilestone

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def pipeline() -> None:
    seed_defaults()


def facts_of(lead, *names):
    return list(Event.objects.filter(lead=lead, name__in=names).order_by("id"))


def test_conversion_makes_contact_company_and_deal_linked_both_ways() -> None:
    rep = make_user()
    lead = make_lead(owner=rep)
    change_fields(lead, {"company": "نوین پخش"}, actor=rep.id, at=AT, received_at=AT)

    made = convert(lead, NewDeal("۴ انبار", 620_000_000, "IRT"), actor=rep.id, at=LATER)

    lead.refresh_from_db()
    assert (lead.stage, lead.contact) == ("sql", made.contact)
    assert contact_of(lead) == made.contact
    assert made.company == made.contact.company == made.deal.company == Company.objects.get()
    assert (made.deal.amount, made.deal.currency, made.deal.status) == (6_200_000_000, "IRR", "open")
    assert (made.deal.stage.slug, made.deal.owner_id) == ("discovery", rep.id)
    milestone = LeadMilestone.objects.get(lead=lead)
    assert milestone.mql_at == milestone.sql_at == milestone.converted_at == LATER
    assert milestone.won_at is None
    [fact] = facts_of(lead, "lead_converted")
    assert fact.props == {"contact": made.contact.id, "company": made.company.id, "deal": made.deal.id}
    [opened] = facts_of(lead, "deal_created")
    assert opened.props == {"deal": made.deal.id, "amount": 6_200_000_000, "currency": "IRR"}


def test_a_company_is_found_again_however_its_name_is_typed() -> None:
    first = convert(make_lead(), NewDeal(), company="نوین‌پخش", actor=None, at=LATER)
    second = convert(make_lead(), NewDeal(), company="  نوین پخش", actor=None, at=LATER)
    assert first.company == second.company


def test_a_lead_without_a_company_converts_to_a_person_alone() -> None:
    made = convert(make_lead(), NewDeal("خانه"), actor=None, at=LATER)
    assert made.company is None
    assert made.deal.contact == made.contact


def test_a_second_conversion_changes_nothing_and_says_what_there_is() -> None:
    lead = make_lead()
    made = convert(lead, NewDeal("یک"), company="الف", actor=None, at=LATER)
    with pytest.raises(AlreadyConverted) as refused:
        convert(lead, NewDeal("دو"), actor=None, at=LATER)
    assert refused.value.is_conflict
    assert (refused.value.contact, refused.value.deal) == (made.contact.id, made.deal.id)
    assert refused.value.company == (made.company and made.company.id)
    assert (Contact.objects.count(), Deal.objects.count()) == (1, 1)


def test_a_customer_with_a_new_wish_keeps_the_one_contact() -> None:
    first = make_lead()
    made = convert(first, NewDeal("یک"), actor=None, at=LATER)
    second = make_lead(person=first.person)
    again = convert(second, NewDeal("دو"), actor=None, at=LATER)
    assert again.contact == made.contact == contact_of(second)


def test_another_owner_gets_the_deal_and_sees_it() -> None:
    seller, other = make_user(), make_user()
    made = convert(make_lead(), NewDeal("یک", owner=seller.id), actor=None, at=LATER)
    assert made.deal.owner_id == made.contact.owner_id == seller.id
    assert list(deals_for(seller)) == [made.deal]
    assert list(contacts_for(seller)) == [made.contact]
    assert not deals_for(other).exists()
    assert not contacts_for(other).exists()


def test_another_deal_of_a_converted_lead_keeps_contact_and_company() -> None:
    lead = make_lead()
    with pytest.raises(ConvertError, match="not_converted"):
        add_deal(lead, NewDeal("دو"), actor=None, at=LATER)
    made = convert(lead, NewDeal("یک"), company="الف", actor=None, at=LATER)
    second = add_deal(lead, NewDeal("دو", stage="quote"), actor=None, at=LATER)
    assert (second.contact, second.company, second.stage.slug) == (made.contact, made.company, "quote")


@pytest.mark.parametrize(
    ("deal", "code", "field"),
    [
        (NewDeal(amount=-1), "amount", "amount"),
        (NewDeal(amount=1.5), "amount", "amount"),
        (NewDeal(currency="ZZZ"), "unknown_currency", "currency"),
        (NewDeal(stage="nowhere"), "unknown_stage", "stage"),
    ],
)
def test_a_refused_conversion_leaves_nothing_behind(deal: NewDeal, code: str, field: str) -> None:
    lead = make_lead()
    with pytest.raises(ConvertError) as refused:
        convert(lead, deal, actor=None, at=LATER)
    assert (refused.value.code, refused.value.field, refused.value.is_conflict) == (code, field, False)
    assert refused.value.message
    assert not Contact.objects.exists()
    assert not facts_of(lead, "lead_converted", "deal_created")


def test_nothing_converts_before_it_exists_or_ahead_of_time() -> None:
    lead = make_lead()
    with pytest.raises(ConvertError, match="too_early"):
        convert(lead, NewDeal(), actor=None, at=AT - timedelta(days=1))
    with pytest.raises(ConvertError, match="in_the_future"):
        convert(lead, NewDeal(), actor=None, at=LATER, received_at=AT)


def test_the_first_pipeline_is_given_once() -> None:
    seed_defaults()
    assert Pipeline.objects.count() == 1
    assert PipelineStage.objects.count() == 5
