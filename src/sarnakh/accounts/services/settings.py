"""Settings of the organisation, and the log of every change to who works here and how."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sarnakh.accounts import selectors
from sarnakh.accounts.models import Organisation, SettingChange, User
from sarnakh.accounts.services.checks import COLUMNS


@transaction.atomic
def change_setting(subject: str, *, new: object, actor: User | None, at: datetime) -> bool:
    """Set a column of the organisation (`name`, `working_week`, …) or, by any other name, a value of its `settings`.

    Logs old and new; False when nothing changed. Raises AccountError, NotSetUp.
    """
    organisation = Organisation.objects.select_for_update().filter(id=1).first()
    if organisation is None:
        raise selectors.NotSetUp
    if subject in COLUMNS:
        new = COLUMNS[subject](new)
        old = getattr(organisation, subject)
        setattr(organisation, subject, new)
        changed_column = subject
    else:
        old = organisation.settings.get(subject)
        organisation.settings = {**organisation.settings, subject: new}
        changed_column = "settings"
    if old == new:
        return False
    organisation.save(update_fields=[changed_column])
    log_change(f"organisation.{subject}", old=old, new=new, actor=actor, at=at)
    forget_now_and_on_commit()
    return True


def log_change(subject: str, *, old: object, new: object, actor: User | None, at: datetime) -> None:
    """Write one line of the log; call it in the transaction of the change."""
    SettingChange.objects.create(at=at, actor=actor, subject=subject[:120], old=old, new=new)


def forget_now_and_on_commit() -> None:
    """Let this process read the organisation afresh; others do within 5 s."""
    selectors.forget_organisation()
    # Another thread may have read the old one until the commit.
    transaction.on_commit(selectors.forget_organisation)
