"""What the Filter needs of SQL that Django does not write: typed values out of JSON, folded text, sets of leads.

Each is written for both databases to mean the same. Values out of JSON are NULL when absent or of another type.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, FloatField, Func, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from sarnakh.leads.props import DROPPED, FOLDED_FROM, FOLDED_TO, spellings

Sql = tuple[str, list[Any]]


class _Json(Func):
    """One key of a JSON column: `sqlite` and `postgresql` write it out of type, text and value of that key.

    The column's SQL comes several times, each time with its key.
    """

    arity = 1
    sqlite: ClassVar[str]
    postgresql: ClassVar[str]

    def __init__(self, source: Combinable, key: str) -> None:
        super().__init__(source)
        self.key = key

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:  # type: ignore[override]  # a list, as Django's own lookups need
        # The key has no quote or backslash in it: the reader saw to that.
        return self._written(
            compiler, self.sqlite, {"type": "JSON_TYPE({}, %s)", "value": "JSON_EXTRACT({}, %s)"}, f'$."{self.key}"'
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._written(
            compiler,
            self.postgresql,
            {"type": "jsonb_typeof({} -> %s::text)", "value": "({} ->> %s::text)"},
            self.key,
        )

    def _written(self, compiler: SQLCompiler, template: str, parts: dict[str, str], key: str) -> Sql:
        source, params = compiler.compile(self.get_source_expressions()[0])
        sql = template.format(**{name: part.format(source) for name, part in parts.items()})
        return sql, [*params, key] * template.count("{")


class JsonText(_Json):
    """A text, NULL if empty."""

    output_field = TextField()
    sqlite = "CASE {type} WHEN 'text' THEN NULLIF({value}, '') END"
    postgresql = "CASE {type} WHEN 'string' THEN NULLIF({value}, '') END"


class JsonDay(_Json):
    """An ISO day, as text."""

    output_field = TextField()
    sqlite = "CASE WHEN {type} = 'text' AND {value} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN {value} END"
    # COLLATE: other collations leave out the hyphen.
    postgresql = (
        "CASE WHEN {type} = 'string' AND {value} ~ '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$' "
        """THEN {value} COLLATE "C" END"""
    )


class JsonNumber(_Json):
    """A number as a float."""

    output_field = FloatField()
    sqlite = "CASE WHEN {type} IN ('integer', 'real') AND ABS({value}) < 1e299 THEN CAST({value} AS REAL) END"
    # What no float can hold would fail the whole query; SQLite makes infinity of it.
    postgresql = "CASE WHEN {type} = 'number' AND LENGTH({value}) < 300 THEN CAST({value} AS double precision) END"


class JsonFlag(_Json):
    """Yes or no."""

    output_field = BooleanField()
    sqlite = "CASE {type} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    postgresql = "CASE {type} WHEN 'boolean' THEN CAST({value} AS boolean) END"


class JsonFilled(_Json):
    """Whether there is anything but null and the empty text. Never NULL."""

    output_field = BooleanField()
    sqlite = "COALESCE({type} <> 'null' AND NOT ({type} = 'text' AND {value} = ''), FALSE)"
    postgresql = "COALESCE({type} <> 'null' AND NOT ({type} = 'string' AND {value} = ''), FALSE)"


class TextHas(Func):
    """Whether a text contains (or starts with) a folded text, as `language.fold` folds. Never NULL.

    SQLite folds by GLOB's classes ([یيى]) and not by nested REPLACEs, which overflow its parser.
    """

    arity = 1
    output_field = BooleanField()

    def __init__(self, source: Combinable, folded: str, *, starts: bool) -> None:
        super().__init__(source)
        self.folded, self.starts = folded, starts

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:  # type: ignore[override]  # as above
        sql, params = compiler.compile(self.get_source_expressions()[0])
        for _char in DROPPED:
            sql = f"REPLACE({sql}, %s, '')"
        pattern = "".join(f"[{each}]" if len(each) > 1 or each in "*?[" else each for each in spellings(self.folded))
        return (
            f"COALESCE({sql} GLOB %s, FALSE)",
            [*params, *DROPPED, f"{pattern}*" if self.starts else f"*{pattern}*"],
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        place = f"STRPOS(TRANSLATE({sql}, %s, %s), %s)"
        # TRANSLATE drops the letters of the first list that have none in the second.
        return (
            f"COALESCE({place} {'= 1' if self.starts else '> 0'}, FALSE)",
            [*params, FOLDED_FROM + DROPPED, FOLDED_TO, self.folded],
        )


class Among(Subquery):
    """Whether a lead is one of the `lead_id`s of a query.

    As `IN` for SQLite, which would walk the kind's whole index again for each lead; as EXISTS over the finished set
    for PostgreSQL, which plans a join of it and never the quadratic filter that it makes of a large NOT IN.
    """

    def __init__(self, lead_ids: QuerySet[Any, Any]) -> None:
        super().__init__(lead_ids, output_field=BooleanField())
        self.lead: Any = F("pk")  # resolved with the outer query

    def get_source_expressions(self) -> list[Any]:
        return [self.query, self.lead]

    def set_source_expressions(self, exprs: Any) -> None:
        self.query, self.lead = exprs

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._written(compiler, connection, "%(lead)s IN (%(subquery)s)")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._written(
            compiler, connection, "EXISTS (SELECT 1 FROM (%(subquery)s) among WHERE among.lead_id = %(lead)s)"
        )

    def _written(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, template: str) -> Sql:
        lead, _ = compiler.compile(self.lead)
        sql, params = super().as_sql(compiler, connection, template=template, lead=lead)
        return sql, list(params)
