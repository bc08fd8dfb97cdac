"""The base as plain values in which ids are replaced by the order of the rows, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Model

from sarnakh.leads.models import Company, Contact, Event, Lead, Merge, Person, Visitor
from sarnakh.lifecycle.export import rows_of

CARDS = (Person, Lead, Company, Contact, Visitor)
Ranks = Mapping[type[Model], Mapping[int, int | str]]


def ranks(*models: type[Model]) -> Ranks:
    return {
        model: {id_: i for i, id_ in enumerate(model.objects.order_by("id").values_list("id", flat=True))}
        for model in models
    }


def plain(model: type[Model], known: Ranks, *, without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The rows of a table as the export has them: keys by rank, without its own and those to rows not ranked."""
    left_out = {*without, "id", "message_id"}
    keys = {field.attname: field.related_model for field in model._meta.concrete_fields if field.is_relation}
    rows = []
    for row in rows_of(model):
        values = {}
        for name, value in row.items():
            if name in left_out or keys.get(name) in (Event, Merge):
                continue
            if value is not None and keys.get(name) in known:
                value = known[keys[name]][value]
            values[name] = value
        rows.append(values)
    return sorted(rows, key=repr)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours, exactly as it is but for the version of the lead that a score has read."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("sarnakh.")]
    assert len(ours) > 30
    return {
        model._meta.db_table: sorted(
            model._default_manager.values_list(
                *(field.attname for field in model._meta.concrete_fields if field.name != "lead_version")
            ),
            key=repr,
        )
        for model in ours
    }
