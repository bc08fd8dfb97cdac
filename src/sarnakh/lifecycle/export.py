"""The whole base as lines of JSON: `state/*.jsonl` what is so, `facts/*.jsonl` what happened.

Two bases are equal when their `state/` and the scores at one moment are: rows by id, without versions and without the
moments of updates. The facts are the log itself, values of fields included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Model

from sarnakh.convert.models import Deal
from sarnakh.engage.models import Activity, Task
from sarnakh.leads.models import (
    Company,
    Consent,
    Contact,
    Event,
    FieldHistory,
    Identity,
    Lead,
    LeadSource,
    Merge,
    Person,
)
from sarnakh.score.selectors import score_at

# What only says when or how often a row was written, and what is computed at the export's own moment.
LEFT_OUT = {
    "version",
    "changed_at",
    "advance_due_at",
    "scored_at",
    "score",
    "fit",
    "engagement",
    "temperature",
    "hidden_at",
    "proposals",
    "search",
}

STATE: Mapping[str, tuple[type[Model], ...]] = {
    "persons": (Person,),
    "companies": (Company,),
    "leads": (Lead,),
    "lead_sources": (LeadSource,),
    "contacts": (Contact,),
    "identities": (Identity,),
    "consents": (Consent,),
    "deals": (Deal,),
    "tasks": (Task,),
    "activities": (Activity,),
}
FACTS: Mapping[str, tuple[type[Model], ...]] = {"events": (Event,), "fields": (FieldHistory,), "merges": (Merge,)}


def export(folder: Path, *, at: datetime) -> dict[str, int]:
    """Write the base into `folder`, with scores as of `at`; {file: lines}. An existing file is replaced."""
    written = {}
    for part, tables in (("state", STATE), ("facts", FACTS)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name, models in tables.items():
            lines = (row for model in models for row in rows_of(model))
            written[f"{part}/{name}"] = _write(folder / part / f"{name}.jsonl", lines)
    written["state/scores"] = _write(folder / "state" / "scores.jsonl", scores(at=at))
    return written


def rows_of(model: type[Model]) -> Iterator[dict[str, Any]]:
    """Every row of a table as plain values, by its key; a hidden card says so without saying since when."""
    for row in model._default_manager.order_by("pk").iterator(chunk_size=2000):
        values = {
            field.attname: getattr(row, field.attname)
            for field in model._meta.concrete_fields
            if field.name not in LEFT_OUT
        }
        if hasattr(row, "hidden_at"):
            values["is_hidden"] = row.hidden_at is not None
        yield values


def scores(*, at: datetime) -> Iterator[dict[str, Any]]:
    """The score of every lead in sight as of `at`, from the log."""
    for lead in Lead.objects.filter(hidden_at__isnull=True).order_by("id").iterator(chunk_size=500):
        found = score_at(lead, at)
        yield {"lead": lead.id, "fit": found.fit, "engagement": found.engagement, "score": found.score}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain))
            file.write("\n")
            count += 1
    return count


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no plain form")
