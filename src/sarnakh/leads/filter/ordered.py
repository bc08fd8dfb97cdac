"""Filters in order: for each of some leads, the first that holds. Rules of qualification and routing ask it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Value, When

from sarnakh.leads.filter.language import All, Filter, Vocabulary
from sarnakh.leads.filter.reading import parse
from sarnakh.leads.filter.sql import to_q
from sarnakh.leads.filter.vocabulary import load_vocabulary
from sarnakh.leads.models import Lead
from sarnakh.leads.props import FilterError

log = logging.getLogger(__name__)


def first_holding(
    ordered: Sequence[tuple[int, Mapping[str, Any]]], lead_ids: Sequence[int], *, at: datetime
) -> dict[int, int]:
    """{lead: the first of `ordered` (id, Filter as JSON) that holds for it}, without leads for which none does.

    One statement for all. A Filter that can no longer be read (its segment is gone) holds for nobody and is logged.
    """
    if not ordered or not lead_ids:
        return {}
    words = load_vocabulary() if any(_says_something(raw) for _id, raw in ordered) else Vocabulary()
    read = [(id_, filter_) for id_, raw in ordered if (filter_ := _read(id_, raw, words)) is not None]
    if read and read[0][1] == All(()):
        return dict.fromkeys(lead_ids, read[0][0])
    cases = [When(to_q(filter_, at=at), then=Value(id_)) for id_, filter_ in read]
    if not cases:
        return {}
    first = Case(*cases, default=None, output_field=BigIntegerField())
    rows = Lead.objects.filter(id__in=lead_ids).annotate(first=first).filter(first__isnull=False)
    return dict(rows.order_by("id").values_list("id", "first"))


def _says_something(raw: Mapping[str, Any]) -> bool:
    return raw not in ({}, {"all": []})


def _read(id_: int, raw: Mapping[str, Any], words: Vocabulary) -> Filter | None:
    try:
        return parse(raw, words)
    except FilterError as error:
        log.warning("the condition of rule %s cannot be read: %s", id_, error)
        return None
