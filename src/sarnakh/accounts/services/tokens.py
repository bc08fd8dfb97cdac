"""Keys of the API: made, ended, recognised. Only digests are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sarnakh.accounts import rules
from sarnakh.accounts.models import ApiToken, User
from sarnakh.accounts.services.checks import AccountError, required_line
from sarnakh.accounts.services.settings import log_change
from sarnakh.kit import ids

MARK = "snk_"  # so that a leaked key is known for what it is
_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds an API token and what it may do; `scopes` as stored, empty for all that the user may."""

    user: User
    token_id: int
    scopes: tuple[str, ...]
    rights: frozenset[rules.Right]


@transaction.atomic
def create_token(
    user: User, *, name: str, scopes: Iterable[str] = (), actor: User | None = None, at: datetime
) -> tuple[str, ApiToken]:
    """A new key of a user: its text, shown this once, and its row. Raises AccountError for an unknown scope."""
    wanted = sorted(set(scopes))
    if unknown := rules.unknown_scopes(wanted):
        raise AccountError("scopes", "unknown", *unknown)
    text = MARK + ids.new_token()
    row = ApiToken.objects.create(
        user=user,
        name=required_line("name", 120)(name),
        digest=ids.digest(text),
        prefix=text[:12],
        scopes=wanted,
        created_at=at,
    )
    log_change(f"token.{row.id}", old=None, new={"user": user.id, "scopes": wanted}, actor=actor or user, at=at)
    return text, row


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User | None, at: datetime) -> bool:
    """End a key at once; False when it had ended."""
    if not ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=at):
        return False
    log_change(f"token.{token.id}", old={"user": token.user_id}, new=None, actor=actor, at=at)
    return True


def authenticate_token(text: str, *, at: datetime) -> Bearer | None:
    """Who holds a key; None for a wrong or revoked one or a user who left. One hash and one read whatever the text.

    The time of use is written at most once a minute.
    """
    row = (
        ApiToken.objects.select_related("user")
        .filter(digest=ids.digest(text), revoked_at=None, user__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.last_used_at is None or at - row.last_used_at >= _USE_NOTED_EVERY:
        due = Q(last_used_at=None) | Q(last_used_at__lte=at - _USE_NOTED_EVERY)
        ApiToken.objects.filter(due, id=row.id).update(last_used_at=at)
    return Bearer(row.user, row.id, tuple(row.scopes), rules.rights_of(row.user.role, row.scopes))
