"""POST /leads: the hot path. The body is read once, by the rules of captures; no schema stands in between.

The description of the body is declared beside it by hand, and a test holds the two together.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from sarnakh.accounts.rules import Right
from sarnakh.accounts.services import Bearer
from sarnakh.api.answers import caller, key_of, key_used_otherwise, moment_of, reply
from sarnakh.api.bodies import Shape, read_json
from sarnakh.api.door import Key
from sarnakh.api.problems import invalid, with_problems
from sarnakh.capture.models import Capture, CaptureState
from sarnakh.capture.rules import (
    CHANNELS,
    DIRECTIONS,
    MOST_CONSENTS,
    MOST_KEYS,
    ORIGIN_FIELDS,
    PURPOSES,
    TEXT_FIELDS,
    Known,
    checked,
)
from sarnakh.capture.services import Arrival, known
from sarnakh.kit.ids import digest
from sarnakh.leads.models import Lead
from sarnakh.leads.selectors import leads_for
from sarnakh.lifecycle import intake

router = Router(tags=["leads"])

STATUS = {CaptureState.CREATED: 201, CaptureState.PENDING: 202}
Outcome = Literal["created", "merged", "interest", "junk", "failed", "pending"]
SHOWN = (CaptureState.CREATED, CaptureState.MERGED)


class TakenIn(Shape):
    """How a capture ended. `id` is the lead; null for what became none. Of a lead that is not yours to see, the id
    is all that is told."""

    id: int | None
    capture: int
    outcome: Outcome
    stage: str | None = None
    score: float | None = None
    temperature: str | None = None
    owner: int | None = None


def _texts(fields: dict[str, int]) -> dict[str, Any]:
    return {name: {"type": ["string", "null"], "maxLength": most} for name, most in fields.items()}


def _list_of_texts() -> dict[str, Any]:
    return {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_KEYS}


BODY: dict[str, Any] = {
    "type": "object",
    "title": "LeadIn",
    "description": "One way to reach the person is needed: a phone, an e-mail, a messenger's id or a national id.",
    "additionalProperties": False,
    "properties": {
        **_texts(TEXT_FIELDS),
        "phones": _list_of_texts(),
        "emails": _list_of_texts(),
        "messengers": _list_of_texts(),
        "national_id": {"type": ["string", "null"]},
        "user_id": {"type": ["string", "null"]},
        "language": {"type": ["string", "null"], "enum": ["fa", "en", "", None]},
        **_texts(ORIGIN_FIELDS),
        "direction": {"type": ["string", "null"], "enum": [*DIRECTIONS, "", None]},
        "consents": {
            "type": ["array", "null"],
            "maxItems": MOST_CONSENTS,
            "items": {
                "type": "object",
                "required": ["purpose", "channel"],
                "properties": {
                    "purpose": {"type": "string", "enum": list(PURPOSES)},
                    "channel": {"type": "string", "enum": list(CHANNELS)},
                    "granted": {"type": "boolean"},
                    "text": {"type": "string"},
                },
            },
        },
        "product": {"type": ["string", "null"], "description": "slug of a product; a new one is made"},
        "custom": {"type": ["object", "null"], "description": "values of the organisation's own fields, by slug"},
        "at": {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}, {"const": ""}],
            "description": "when it happened, if not now; the past needs the right “backdate”",
        },
    },
    "examples": [
        {
            "name": "سارا احمدی",
            "phones": ["09121234567"],
            "company": "آسمان",
            "source": "google",
            "medium": "cpc",
            "consents": [{"purpose": "service", "channel": "call"}],
        }
    ],
}
DESCRIPTION = {"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}}


@router.post(
    "/leads",
    auth=Key(Right.CREATE_LEADS),
    response=with_problems({201: TakenIn, 200: TakenIn, 202: TakenIn}),
    openapi_extra=DESCRIPTION,
    operation_id="take_in_lead",
)
def take_in_lead(request: HttpRequest) -> HttpResponse:
    """Take in a lead. 201 a new one, 200 merged into a known one (or none came of it), 202 still on its way.

    Under an `Idempotency-Key` the same body may be sent again: it is taken in once and answers how it stands now.
    """
    body = read_json(request)
    if not isinstance(body, dict):
        raise invalid("", "not_an_object", _("This must be an object"))
    bearer, now = caller(request), timezone.now()
    own = known() if body.get("custom") else Known()
    at = moment_of(request, checked(body, known=own, now=now).at, now)
    key = key_of(request)
    arrival = Arrival(
        key=f"api:{bearer.token_id}:{digest(key) if key else uuid.uuid4().hex}",
        channel="api",
        body=body,
        at=at,
        actor=bearer.user.id,
    )
    row = intake.receive(arrival)
    if key and row.body != body:
        raise key_used_otherwise()
    return reply(outcome_of(row, is_seen=_sees(bearer, row.lead)), STATUS.get(CaptureState(row.state), 200))


def outcome_of(row: Capture, *, is_seen: bool) -> TakenIn:
    """How a capture stands, as far as its sender may see the lead."""
    lead = row.lead if row.state in SHOWN else None
    if lead is None or not is_seen:
        return TakenIn(id=lead.id if lead else None, capture=row.id, outcome=cast(Outcome, row.state))
    return TakenIn(
        id=lead.id,
        capture=row.id,
        outcome=cast(Outcome, row.state),
        stage=lead.stage,
        score=lead.score,
        temperature=lead.temperature,
        owner=lead.owner_id,
    )


def _sees(bearer: Bearer, lead: Lead | None) -> bool:
    """The gate, without a question to the database where the row itself answers."""
    if lead is None or Right.READ_ALL in bearer.rights or lead.owner_id == bearer.user.id:
        return True
    return Right.READ in bearer.rights and leads_for(bearer.user).filter(id=lead.id).exists()
