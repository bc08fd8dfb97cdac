"""Queries of the hot path: written with the ORM, compiled once a process, run as often as leads arrive.

Django compiles a query anew at each use, which costs ten times what SQLite needs to answer it. `hot` takes a function
that builds a `values_list` query out of placeholders, compiles it at its first use, and gives a function that fills
them in:

    roots = hot(lambda ids: Lead.objects.filter(id__in=ids).values_list("id", "merged_into_id"))
    roots([4, 9])   # -> [(4, None), (9, 4)]
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

# Placeholders: values that no query of ours holds by itself.
_ID = 9_007_199_254_740_000
_TEXT = "\x01hole%d\x01"
_MOMENT = datetime(1905, 8, 5, 3, 7, 11, tzinfo=UTC)


class _Compiled(NamedTuple):
    pieces: tuple[str, ...]  # the SQL, cut at its parameters
    holes: tuple[int | None, ...]  # which argument each parameter is; None: a constant
    constants: tuple[Any, ...]
    compiler: Any
    converters: Any
    is_flat: bool


def hot(build: Callable[..., QuerySet[Any, Any]]) -> Callable[..., list[Any]]:
    """Compile `build` once. Its arguments are, by name: `ids` (whole numbers), `texts` (texts), `at` (a moment).

    Called with a list that is empty it answers [] without asking the database.
    """
    names = tuple(inspect.signature(build).parameters)
    compiled: dict[str, _Compiled] = {}

    def run(*arguments: Any) -> list[Any]:
        if any(not isinstance(each, datetime) and not each for each in arguments):
            return []
        known = compiled.get(connection.vendor)
        if known is None:
            known = compiled[connection.vendor] = _compile(build, names)
        return _rows(known, [each if isinstance(each, datetime) else list(each) for each in arguments])

    return run


def _compile(build: Callable[..., QuerySet[Any, Any]], names: Sequence[str]) -> _Compiled:
    fillers = [_filler(name, position) for position, name in enumerate(names)]
    query = build(*fillers)
    compiler = query.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    pieces = tuple(sql.split("%s"))
    assert len(pieces) == len(parameters) + 1, "a % in the SQL itself"
    marks = [_mark(filler) for filler in fillers]
    holes = tuple(next((i for i, mark in enumerate(marks) if mark == each), None) for each in parameters)
    assert set(holes) - {None} == set(range(len(names))), "every argument stands in the query"
    fields = [select[0] for select in compiler.select[: compiler.col_count]]
    is_flat = query._iterable_class.__name__ == "FlatValuesListIterable"
    return _Compiled(pieces, holes, tuple(parameters), compiler, compiler.get_converters(fields), is_flat)


def _rows(query: _Compiled, arguments: Sequence[Any]) -> list[Any]:
    sql = [query.pieces[0]]
    values: list[Any] = []
    for piece, hole, constant in zip(query.pieces[1:], query.holes, query.constants, strict=True):
        if hole is None:
            values.append(constant)
            sql.append("%s")
        elif isinstance(arguments[hole], datetime):
            values.append(_mark(arguments[hole]))
            sql.append("%s")
        else:
            values.extend(arguments[hole])
            sql.append(", ".join(["%s"] * len(arguments[hole])))
        sql.append(piece)
    with connection.cursor() as cursor:
        cursor.execute("".join(sql), values)
        rows: Iterable[Any] = cursor.fetchall()
    if query.converters:
        rows = query.compiler.apply_converters(rows, query.converters)
    return [row[0] for row in rows] if query.is_flat else [tuple(row) for row in rows]


def _filler(name: str, position: int) -> Any:
    if name.startswith("at"):
        return _MOMENT.replace(microsecond=position + 1)
    return [_TEXT % position] if name.startswith("text") else [_ID + position]


def _mark(filler: Any) -> Any:
    """A placeholder or moment as it stands among the parameters."""
    if isinstance(filler, datetime):
        return connection.ops.adapt_datetimefield_value(filler)
    return filler[0]
