"""Set-based writes that Django's ORM does row by row or slowly: many rows, one statement, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

VALUES_AT_ONCE = 30_000  # SQLite's default most is 32,766 variables in a statement

_IGNORE = " ON CONFLICT DO NOTHING"
_Adapter = Callable[[Any], Any]


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """UPDATE many rows, each with its own values: `rows` are (pk, value, …) as in `columns`. Returns how many."""
    table, key, names = _plan(model, tuple(columns))
    adapters = _adapters(model, (key, *names), connection.vendor)
    sets = ", ".join(f"{_quoted(name)} = changes.v{i}" for i, name in enumerate(names))
    heads = ", ".join(["row_key", *(f"v{i}" for i in range(len(names)))])
    one = f"({', '.join(_casts(model, (key, *names), connection.vendor))})"
    done = 0
    for part in _parts(list(rows), len(adapters)):
        sql = (
            f"WITH changes({heads}) AS (VALUES {', '.join([one] * len(part))}) "  # noqa: S608  names of our own models
            f"UPDATE {table} SET {sets} FROM changes WHERE {table}.{_quoted(key)} = changes.row_key"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, _flat(part, adapters))
            done += cursor.rowcount
    return done


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, ignore: bool = False
) -> list[int]:
    """INSERT rows; returns their keys in order. Every column without a default in the database must be named.

    `ignore` leaves out rows whose unique key is taken, and their keys.
    """
    conflict = _IGNORE if ignore else ""
    return [row[0] for row in _insert(model, columns, rows, returning=(_key(model),), conflict=conflict)]


def upsert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, key: int) -> None:
    """INSERT rows, or UPDATE those there already; the first `key` columns are the unique key."""
    _, _, names = _plan(model, tuple(columns))
    sets = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names[key:])
    conflict = f" ON CONFLICT ({', '.join(map(_quoted, names[:key]))}) DO UPDATE SET {sets}"
    _insert(model, columns, rows, returning=names[:1], conflict=conflict)


def insert_ignore(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, also: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """INSERT rows, leaving out those whose unique key is taken; returns the inserted ones as (column, …) tuples.

    `also`: columns of the inserted rows that come behind them, as the database has them.
    """
    _, _, names = _plan(model, (*columns, *also))
    return _insert(model, columns, rows, returning=names, conflict=_IGNORE)


def _insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    returning: Sequence[str],
    conflict: str,
) -> list[tuple[Any, ...]]:
    if not rows:
        return []
    table, _, names = _plan(model, tuple(columns))
    adapters = _adapters(model, names, connection.vendor)
    one = f"({', '.join(['%s'] * len(names))})"
    into = f"INSERT INTO {table} ({', '.join(map(_quoted, names))}) VALUES "  # noqa: S608  as above
    tail = f"{conflict} RETURNING {', '.join(map(_quoted, returning))}"
    made: list[tuple[Any, ...]] = []
    for part in _parts(rows, len(adapters)):
        with connection.cursor() as cursor:
            cursor.execute(into + ", ".join([one] * len(part)) + tail, _flat(part, adapters))
            made.extend(cursor.fetchall())
    return made


def _parts(rows: Sequence[Sequence[Any]], width: int) -> Iterator[Sequence[Sequence[Any]]]:
    size = max(1, VALUES_AT_ONCE // width)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _flat(rows: Sequence[Sequence[Any]], adapters: Sequence[_Adapter | None]) -> list[Any]:
    return [
        value if adapt is None or value is None else adapt(value)
        for row in rows
        for adapt, value in zip(adapters, row, strict=True)
    ]


@lru_cache(maxsize=256)
def _plan(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    names = tuple(str(model._meta.get_field(name).column) for name in columns)  # type: ignore[union-attr]  # concrete fields
    return _quoted(model._meta.db_table), _key(model) if model._meta.pk else "", names


def _key(model: type[models.Model]) -> str:
    return str(model._meta.pk.column)


@lru_cache(maxsize=256)
def _adapters(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[_Adapter | None, ...]:
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return tuple(_adapter(by_column[name], vendor) for name in names)


def _adapter(field: Any, vendor: str) -> _Adapter | None:
    """How a column's Python values go to the driver; None: as they are."""
    if isinstance(field, models.JSONField):
        return _as_json
    if vendor == "sqlite" and isinstance(field, models.DateTimeField):
        return _as_moment
    if vendor == "sqlite" and isinstance(field, models.DateField):
        return str
    return None


@lru_cache(maxsize=256)
def _casts(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[str, ...]:
    """PostgreSQL takes the first VALUES row for text unless told the types."""
    if vendor == "sqlite":
        return ("%s",) * len(names)
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return tuple(f"%s::{by_column[name].rel_db_type(connection)}" for name in names)


@lru_cache(maxsize=256)
def _as_moment(value: Any) -> Any:
    """A batch writes the same few moments again and again."""
    return connection.ops.adapt_datetimefield_value(value)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=1024)
def _quoted(name: str) -> str:
    return f'"{name}"'  # as both databases quote names of ours, which hold no quotes
