"""The fields an organisation adds to the card; Filter names them `custom.<slug>`. A field's type never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from sarnakh.accounts.models import User
from sarnakh.accounts.services.settings import log_change
from sarnakh.leads.models import CustomField


class OwnFieldError(Exception):
    """This field cannot be added; `field` says where, `code` why; `text` is the message id."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field, self.code, self.text = field, code, text


@transaction.atomic
def add_field(
    slug: str, *, name: Mapping[str, str], kind: str, options: Sequence[str], actor: User | None, at: datetime
) -> CustomField:
    """Add a field of a kind (text, number, choice, date, yes_no) to every card.

    Raises OwnFieldError: taken, no_options.
    """
    if (kind == CustomField.Type.CHOICE) != bool(options):
        raise OwnFieldError("options", "no_options", "A field of choices, and only that, has options.")
    try:
        with transaction.atomic():
            made = CustomField.objects.create(
                slug=slug,
                name=dict(name),
                type=kind,
                options=[{"value": option} for option in options],
                position=CustomField.objects.count(),
            )
    except IntegrityError:
        raise OwnFieldError("slug", "taken", "There is a field of this name already.") from None
    log_change(f"custom_field.{slug}", old=None, new={"type": kind, "options": list(options)}, actor=actor, at=at)
    return made
