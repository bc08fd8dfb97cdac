"""What arrived: every accepted capture with how it ended; and the forms that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from sarnakh.accounts.rules import Right
from sarnakh.accounts.services import Bearer
from sarnakh.api.answers import caller, reply
from sarnakh.api.bodies import Id
from sarnakh.api.door import Key
from sarnakh.api.endpoints.taking_in import TakenIn, outcome_of
from sarnakh.api.pages import Cursor, Limit, Page, page
from sarnakh.api.problems import not_there, with_problems
from sarnakh.capture.models import Capture
from sarnakh.leads.selectors import leads_for

router = Router(tags=["captures"])

State = Literal["pending", "created", "merged", "interest", "junk", "failed"]


class SubmissionOut(TakenIn):
    """A capture as it arrived (`body`) and how it ended; `reason` says why it is junk or failed."""

    channel: str
    form: str | None
    at: datetime
    received_at: datetime
    attempts: int
    reason: str
    body: dict[str, Any]


@router.get(
    "/submissions", auth=Key(), response=with_problems({200: Page[SubmissionOut]}), operation_id="list_submissions"
)
def list_submissions(
    request: HttpRequest,
    state: Annotated[State | None, Query()] = None,
    channel: Annotated[str, Query(max_length=20)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> HttpResponse:
    """Captures, the latest first: your own, those of leads you may see; all of them for who manages capture."""
    bearer = caller(request)
    rows = _seen_by(bearer)
    if state:
        rows = rows.filter(state=state)
    if channel:
        rows = rows.filter(channel=channel)

    return reply(page(rows, partial(_shown, bearer), sort="-id", limit=limit, cursor=cursor))


@router.get(
    "/submissions/{int:capture_id}",
    auth=Key(),
    response=with_problems({200: SubmissionOut}),
    operation_id="get_submission",
)
def get_submission(request: HttpRequest, capture_id: Annotated[Id, Path()]) -> HttpResponse:
    """One capture: where to look after a 202."""
    bearer = caller(request)
    row = _seen_by(bearer).filter(id=capture_id).first()
    if row is None:
        raise not_there()
    return reply(_shown(bearer, [row])[0])


def _seen_by(bearer: Bearer) -> QuerySet[Capture]:
    rows = Capture.objects.select_related("lead", "form")
    if Right.MANAGE_CAPTURE in bearer.rights:
        return rows
    mine = leads_for(bearer.user).filter(id=OuterRef("lead"))
    return rows.filter(Q(Exists(mine)) | Q(actor=bearer.user.id))


def _shown(bearer: Bearer, rows: Sequence[Capture]) -> list[SubmissionOut]:
    leads = {row.lead_id for row in rows if row.lead_id}
    seen = set(leads_for(bearer.user).filter(id__in=leads).values_list("id", flat=True))
    return [
        SubmissionOut(
            **outcome_of(row, is_seen=row.lead_id in seen).model_dump(),
            channel=row.channel,
            form=row.form.slug if row.form else None,
            at=row.at,
            received_at=row.received_at,
            attempts=row.attempts,
            reason=row.reason,
            body=row.body,
        )
        for row in rows
    ]
