"""Lists in pages: keyset, never offset, so that page 1000 costs what page 1 does and nothing is shown twice.

A cursor is opaque and signed: the sort it belongs to and the last row's values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from sarnakh.api.problems import Problem, invalid
from sarnakh.kit.ids import SignatureError, sign, unsign

M = TypeVar("M", bound=Model)
T = TypeVar("T", bound=BaseModel)
MOST = 200

# With a Field between them, ninja and pydantic would lose the default; so these are Query themselves.
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many, 200 at most")]
Cursor = Annotated[str, Query(max_length=2000, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the page after, null on the last."""

    items: list[T]
    next: str | None = None


def page(
    rows: QuerySet[M],
    shown: Callable[[Sequence[M]], list[T]],
    *,
    sort: str,
    limit: int,
    cursor: str,
) -> Page[T]:
    """A page of `rows`, sorted by a column (`-` for newest or highest first) and id. Raises Problem 422."""
    is_down = sort.startswith("-")
    column = sort.lstrip("-")
    if cursor:
        rows = rows.filter(_after(column, is_down, _read(cursor, sort)))
    order = ["-" + column, "-id"] if is_down else [column, "id"]
    found = list(rows.order_by(*dict.fromkeys(order))[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Page(items=shown(found[:limit]), next=_cursor(last, column, sort) if last is not None else None)


def whole(items: list[T]) -> Page[T]:
    """A list that is always short: one page."""
    return Page(items=items)


def _after(column: str, is_down: bool, last: tuple[Any, int]) -> Q:
    value, row = last
    beyond = "lt" if is_down else "gt"
    if column == "id":
        return Q(**{f"id__{beyond}": row})
    # The redundant first test is what lets both databases start in the index.
    return Q(**{f"{column}__{beyond}e": value}) & (
        Q(**{f"{column}__{beyond}": value}) | Q(**{column: value, f"id__{beyond}": row})
    )


def _cursor(row: Model, column: str, sort: str) -> str:
    value = row.pk if column == "id" else getattr(row, column)
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    return sign(msgspec.json.encode([sort, value, row.pk]).decode(), settings.SECRET_KEY, "cursor")


def _read(cursor: str, sort: str) -> tuple[Any, int]:
    try:
        # The clock is of no matter: cursors do not run out.
        told, value, row = msgspec.json.decode(
            unsign(cursor, settings.SECRET_KEY, "cursor", at=datetime.min.replace(tzinfo=UTC))
        )
    except (SignatureError, ValueError, msgspec.DecodeError) as error:
        raise _wrong_cursor() from error
    if told != sort:
        raise _wrong_cursor()
    column = sort.lstrip("-")
    return (datetime.fromisoformat(value) if column.endswith("_at") or column == "at" else value), row


def _wrong_cursor() -> Problem:
    return invalid("cursor", "not_readable", _("Take the cursor from the page before, with the same sort"))
