"""`sarnakh init`: create the base, or bring it up to this version. Safe again, and from several hosts at once."""

from __future__ import annotations

import argparse
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from sarnakh.project.commands import CommandError, say

HELP = "Create the base, or bring it up to this version."
_LOCK = 0x5A12A4  # of PostgreSQL's advisory locks: ours, for as long as the migrations run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    applied = upgrade()
    say(f"The base is up to date; {applied} migrations were applied." if applied else "The base is up to date.")
    return 0


def upgrade() -> int:
    """Apply what is missing and write what every base starts with; answers how many migrations were applied."""
    from django.core.management import call_command
    from django.db import OperationalError
    from django.utils import timezone

    from sarnakh.project import health, seeds

    try:
        with _alone():
            missing = len(health.missing_migrations())
            if missing:
                call_command("migrate", verbosity=0, interactive=False)
            for seed in seeds.SEEDS:
                seed(timezone.now())
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {str(error).strip()}") from error
    return missing


@contextmanager
def _alone() -> Iterator[None]:
    """One upgrade at a time: by a lock in PostgreSQL, by a locked file beside SQLite."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
        return
    with (settings.DATA_DIR / "init.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
