"""Moving a lead between stages by hand, and its five points."""

from datetime import timedelta

import pytest

from factories import AT, make_lead, make_user
from sarnakh.leads.models import Event, Lead, LeadMilestone
from sarnakh.qualify.models import ChecklistItem, MqlRule, RefusalReason
from sarnakh.qualify.rules import CHECKLIST
from sarnakh.qualify.selectors import checklist, missing_points, next_due, reason_slugs
from sarnakh.qualify.services import StageError, return_deferred, seed_defaults, set_checklist_item, set_stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def defaults() -> None:
    seed_defaults()


def moves_of(lead: Lead) -> list[dict]:
    return list(Event.objects.filter(lead=lead, name="stage_changed").order_by("id").values_list("props", flat=True))


def test_a_jump_to_sql_has_reached_mql_too_and_is_one_fact_with_its_actor() -> None:
    rep, lead = make_user(), make_lead()
    moved = set_stage(lead, "sql", reason="خودش زنگ زد", actor=rep.id, at=AT + HOUR)
    assert (moved.stage, moved.stage_at) == ("sql", AT + HOUR)
    milestone = LeadMilestone.objects.get(lead=lead)
    assert milestone.mql_at == milestone.sql_at == AT + HOUR
    fact = Event.objects.get(lead=lead, name="stage_changed")
    assert fact.actor_id == rep.id
    assert fact.props == {"from": "lead", "to": "sql", "reason": "خودش زنگ زد"}


def test_a_refused_lead_keeps_its_reason_and_returns_with_one() -> None:
    lead = make_lead()
    set_stage(lead, "mql", actor=None, at=AT)
    refused = set_stage(lead, "disqualified", reason="no_budget", actor=None, at=AT + HOUR)
    assert (refused.stage, refused.reason) == ("disqualified", "no_budget")
    back = set_stage(lead, "lead", reason="بودجه گرفت", actor=None, at=AT + 2 * HOUR)
    assert back.stage == "lead"
    milestone = LeadMilestone.objects.get(lead=lead)
    assert (milestone.mql_at, milestone.disqualified_at) == (AT, AT + HOUR)


def test_a_long_reason_is_kept_whole_in_the_fact() -> None:
    lead = make_lead()
    set_stage(lead, "mql", actor=None, at=AT)
    set_stage(lead, "lead", reason="الف" * 60, actor=None, at=AT + HOUR)
    assert moves_of(lead)[-1]["reason"] == "الف" * 60


@pytest.mark.parametrize(
    ("to", "given", "code", "field", "is_conflict"),
    [
        ("disqualified", {}, "reason_required", "reason", False),
        ("disqualified", {"reason": "mood"}, "unknown_reason", "reason", False),
        ("deferred", {}, "until_required", "until", False),
        ("deferred", {"until": AT}, "until_past", "until", False),
        ("customer", {}, "through_the_deal", "to", True),
        ("lead", {"reason": "x"}, "same_stage", "to", True),
        ("won", {}, "unknown_stage", "to", False),
    ],
)
def test_a_refused_move_leaves_nothing_behind(to: str, given: dict, code: str, field: str, is_conflict: bool) -> None:
    lead = make_lead()
    with pytest.raises(StageError) as refused:
        set_stage(lead, to, actor=None, at=AT, **given)
    assert (refused.value.code, refused.value.field, refused.value.is_conflict) == (code, field, is_conflict)
    assert refused.value.message
    assert moves_of(lead) == []


def test_a_reason_taken_out_of_use_no_longer_refuses() -> None:
    RefusalReason.objects.filter(slug="no_need").update(is_active=False)
    assert "no_need" not in reason_slugs()
    with pytest.raises(StageError, match="unknown_reason"):
        set_stage(make_lead(), "disqualified", reason="no_need", actor=None, at=AT)


def test_a_backdated_move_starts_from_where_the_lead_stood_then() -> None:
    lead = make_lead()
    set_stage(lead, "sql", actor=None, at=AT + 10 * HOUR)
    moved = set_stage(lead, "mql", actor=None, at=AT + HOUR, received_at=AT + 11 * HOUR)
    assert (moved.stage, moves_of(lead)[-1]["from"]) == ("sql", "lead")
    assert LeadMilestone.objects.get(lead=lead).mql_at == AT + HOUR


def test_what_lies_ahead_or_before_the_lead_is_refused() -> None:
    lead = make_lead()
    with pytest.raises(StageError, match="before_creation"):
        set_stage(lead, "mql", actor=None, at=AT - HOUR)
    with pytest.raises(StageError, match="in_the_future"):
        set_stage(lead, "mql", actor=None, at=AT + HOUR, received_at=AT)


# --- deferral --------------------------------------------------------------------------------------------------------


def test_a_deferred_lead_returns_by_itself_to_the_stage_it_left_on_its_day() -> None:
    lead, other = make_lead(), make_lead()
    set_stage(lead, "sql", actor=None, at=AT)
    set_stage(lead, "deferred", until=AT + 48 * HOUR, reason="بعد از عید", actor=None, at=AT + HOUR)
    set_stage(other, "deferred", until=AT + 96 * HOUR, actor=None, at=AT + HOUR)
    assert next_due([lead.id, other.id]) == {lead.id: AT + 48 * HOUR, other.id: AT + 96 * HOUR}

    assert return_deferred([lead.id, other.id], at=AT + 47 * HOUR) == []
    assert return_deferred([lead.id, other.id], at=AT + 50 * HOUR) == [lead.id]
    assert return_deferred([lead.id, other.id], at=AT + 51 * HOUR) == []

    lead.refresh_from_db()
    assert (lead.stage, lead.stage_at, lead.deferred_until) == ("sql", AT + 48 * HOUR, None)
    assert moves_of(lead)[-1] == {"from": "deferred", "to": "sql", "reason": "deferral_ended"}
    assert next_due([lead.id, other.id]) == {other.id: AT + 96 * HOUR}


def test_a_deferral_moved_on_still_returns_to_the_stage_left_first() -> None:
    lead = make_lead()
    set_stage(lead, "mql", actor=None, at=AT)
    set_stage(lead, "deferred", until=AT + 10 * HOUR, actor=None, at=AT + HOUR)
    set_stage(lead, "deferred", until=AT + 20 * HOUR, actor=None, at=AT + 2 * HOUR)
    assert return_deferred([lead.id], at=AT + 11 * HOUR) == []
    assert return_deferred([lead.id], at=AT + 21 * HOUR) == [lead.id]
    lead.refresh_from_db()
    assert lead.stage == "mql"


# --- the five points -------------------------------------------------------------------------------------------------


def test_sql_from_the_card_asks_for_the_five_points_or_a_reason_to_go_without() -> None:
    rep, lead = make_user(), make_lead()
    for item in ("need", "budget"):
        set_checklist_item(lead, item, True, actor=rep.id, at=AT)
    with pytest.raises(StageError) as refused:
        set_stage(lead, "sql", is_checked=True, actor=rep.id, at=AT)
    assert refused.value.is_conflict
    assert refused.value.missing == ("problem", "authority", "timeline")

    moved = set_stage(lead, "sql", is_checked=True, override="مدیرعامل خواست", actor=rep.id, at=AT)
    assert moved.stage == "sql"
    assert moves_of(lead) == [
        {"from": "lead", "to": "sql", "reason": "مدیرعامل خواست", "missing": ["problem", "authority", "timeline"]}
    ]


def test_with_all_five_points_nothing_is_asked() -> None:
    lead = make_lead()
    for item in CHECKLIST:
        set_checklist_item(lead, item, True, actor=None, at=AT)
    assert missing_points(lead) == ()
    assert set_stage(lead, "sql", is_checked=True, actor=None, at=AT).stage == "sql"


def test_a_point_is_a_fact_without_its_note_and_only_when_it_turns() -> None:
    lead = make_lead()
    set_checklist_item(lead, "budget", True, note="تا ۶۰۰ میلیون", actor=None, at=AT)
    set_checklist_item(lead, "budget", True, note="تا ۷۰۰ میلیون", actor=None, at=AT + HOUR)
    set_checklist_item(lead, "budget", False, actor=None, at=AT + 2 * HOUR)
    facts = Event.objects.filter(lead=lead, name="checklist_set").order_by("id")
    assert [fact.props for fact in facts] == [
        {"item": "budget", "is_met": True},
        {"item": "budget", "is_met": False},
    ]
    [point] = [point for point in checklist(lead) if point.item == "budget"]
    assert (point.is_met, point.note, point.at) == (False, "", AT + 2 * HOUR)
    with pytest.raises(StageError, match="unknown_item"):
        set_checklist_item(lead, "mood", True, actor=None, at=AT)


def test_of_merged_cards_the_latest_word_on_a_point_counts() -> None:
    kept, gone = make_lead(), make_lead()
    set_checklist_item(gone, "need", True, actor=None, at=AT + HOUR)
    set_checklist_item(kept, "need", False, actor=None, at=AT)
    ChecklistItem.objects.filter(origin=gone).update(lead=kept)
    assert "need" not in missing_points(kept)


def test_the_defaults_are_given_once() -> None:
    seed_defaults()
    assert MqlRule.objects.count() == 1
    assert set(RefusalReason.objects.values_list("family", flat=True)) == {
        "ignored",
        "would_not_talk",
        "refused_to_buy",
    }
