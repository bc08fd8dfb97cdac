"""Set-based writes that Django's ORM does row by row or slowly: many rows, one statement, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

# SQLite takes 250,000 variables since 3.40 as Debian builds it; PostgreSQL's client-side binding takes any.
ROWS_AT_ONCE = 1000


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """UPDATE many rows, each with its own values: `rows` are (pk, value, …) as in `columns`. Returns how many."""
    fields = [model._meta.get_field(name) for name in columns]
    key = model._meta.pk
    assert key is not None
    done = 0
    rows = list(rows)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        params: list[Any] = []
        for row in part:
            params.append(row[0])
            params.extend(_prepared(field, value) for field, value in zip(fields, row[1:], strict=True))
        one = ", ".join(_cast(field) for field in (key, *fields))
        names = ", ".join(["row_key", *(f"v{i}" for i in range(len(fields)))])
        quote = connection.ops.quote_name
        table = quote(model._meta.db_table)
        sets = ", ".join(f"{quote(_column(field))} = changes.v{i}" for i, field in enumerate(fields))
        sql = (
            f"WITH changes({names}) AS (VALUES {', '.join([f'({one})'] * len(part))}) "  # noqa: S608  names of our own models
            f"UPDATE {table} SET {sets} FROM changes WHERE {table}.{quote(_column(key))} = changes.row_key"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            done += cursor.rowcount
    return done


def insert_ignore(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """INSERT rows, leaving out those whose unique key is taken; returns the inserted ones as (column, …) tuples."""
    if not rows:
        return []
    fields = [model._meta.get_field(name) for name in columns]
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column(field)) for field in fields)
    inserted: list[tuple[Any, ...]] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        one = f"({', '.join(['%s'] * len(fields))})"
        sql = (
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([one] * len(part))} "  # noqa: S608  as above
            f"ON CONFLICT DO NOTHING RETURNING {names}"
        )
        params = [_prepared(field, value) for row in part for field, value in zip(fields, row, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            inserted.extend(cursor.fetchall())
    return inserted


def _prepared(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return json.dumps(value, ensure_ascii=False)
    return field.get_db_prep_save(value, connection)


def _cast(field: Any) -> str:
    # PostgreSQL types the first VALUES row as text unless told.
    if connection.vendor == "sqlite":
        return "%s"
    db_type = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return f"%s::{db_type}"


def _column(field: Any) -> str:
    return str(field.column)
