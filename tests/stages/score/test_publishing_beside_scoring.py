"""A version comes into force while other connections keep recording and scoring: no lead keeps the old score."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from factories import AT, make_lead
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import KindMatch, Lead
from sarnakh.score.rules import RuleInput
from sarnakh.score.selectors import published_version
from sarnakh.score.services import add_rule, build_slice, publish, remove_rule, rescore
from sarnakh.score.services.drafts import own_draft

FORM = RuleInput("Form", "behaviour", 1, event="form_submitted")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_lead_keeps_an_old_score_and_no_event_is_left_unmatched() -> None:
    leads = [make_lead().id for _ in range(6)]
    with transaction.atomic():
        record_facts([Fact("form_submitted", AT, origin=leads[0])], received_at=AT)
    _publish(FORM)
    is_done = Signal()

    def keep_working(own: list[int]) -> int:
        made = 0
        try:
            while not is_done.is_set() and made < 200:
                made += 1
                at = AT + timedelta(seconds=made)
                with transaction.atomic():
                    props = {"form": f"f{made % 2}"}
                    record_facts([Fact("form_submitted", at, origin=i, props=props) for i in own], received_at=at)
                rescore(own, at=at)
        finally:
            connection.close()
        return made

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(keep_working, leads[:3]), pool.submit(keep_working, leads[3:])]
        try:
            # A where: its private kind is matched with history while events keep coming.
            _publish(replace(FORM, points=3, where=[{"prop": "form", "op": "is", "value": "f1"}]), keep=False)
        finally:
            is_done.set()
        assert all(each.result() for each in working)
    rescore(leads, at=AT + timedelta(hours=1))
    version = published_version()
    assert version is not None
    [kind] = version.table.kinds
    for lead in Lead.objects.filter(id__in=leads):
        events = lead.events.filter(name="form_submitted", props__form="f1").count()
        assert KindMatch.objects.filter(lead=lead, kind=kind).count() == events
        assert lead.score == min(100, 3 * events)


def _publish(rule: RuleInput, *, keep: bool = True) -> None:
    add_rule(rule, at=AT)
    if not keep:
        with transaction.atomic():
            first = own_draft(at=AT).rules.order_by("position")[0]
        remove_rule(first.id, at=AT)
    version = publish(actor=None, at=AT).version
    for _ in range(500):
        if not build_slice(version, at=AT + timedelta(minutes=10), size=1):
            return
    raise AssertionError("the build does not end while leads keep changing")
