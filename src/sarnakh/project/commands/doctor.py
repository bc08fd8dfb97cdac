"""`sarnakh doctor`: is everything as it must be? One line a check."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable

from sarnakh.project.commands import say

HELP = "Check the installation; the exit code is 1 when something must be mended."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    checks: dict[str, Callable[[], str | None]] = {
        "data folder can be written": _folder,
        "space on the disk": _space,
        "database answers": _database,
        "database keeps what it acknowledges": _durability,
        "migrations are applied": _migrations,
        "jobs": _jobs,
    }
    failed = 0
    for name, check in checks.items():
        wrong = check()
        failed += wrong is not None
        say(f"ok    {name}" if wrong is None else f"WRONG {name}: {wrong}")
        if wrong is not None and check is _database:
            break
    return 1 if failed else 0


def _folder() -> str | None:
    from django.conf import settings

    if os.access(settings.DATA_DIR, os.W_OK | os.X_OK):
        return None
    return f"{settings.DATA_DIR} is not ours to write; set SARNAKH_DATA_DIR or the folder's owner."


def _space() -> str | None:
    from django.conf import settings

    free = shutil.disk_usage(settings.DATA_DIR).free
    return None if free > 2**30 else f"{free // 2**20} MB are free under {settings.DATA_DIR}; make room for 1 GB."


def _database() -> str | None:
    from django.db import DatabaseError, connection

    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return str(error).strip()
    if connection.vendor == "postgresql" and connection.pg_version < 150000:  # type: ignore[attr-defined]  # PostgreSQL's only
        return "PostgreSQL is older than 15; upgrade it."
    return None


def _durability() -> str | None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("pragma synchronous")
            return None if cursor.fetchone()[0] == 2 else "SQLite's synchronous is not FULL."
        wanted = {"fsync": "on", "full_page_writes": "on"}
        cursor.execute("select name, setting from pg_settings where name in ('fsync', 'full_page_writes')")
        bad = [name for name, value in cursor.fetchall() if value != wanted[name]]
    return f"PostgreSQL runs with {', '.join(bad)} off." if bad else None


def _migrations() -> str | None:
    from sarnakh.project.health import missing_migrations

    missing = missing_migrations()
    return f"{len(missing)} are not; run 'sarnakh init'." if missing else None


def _jobs() -> str | None:
    from django.utils import timezone

    from sarnakh.jobs.selectors import backlog
    from sarnakh.project.health import missing_migrations

    if missing_migrations():
        return None  # said above
    found = backlog(at=timezone.now())
    if found.oldest_due_seconds > 300:
        return f"the oldest has been due for {found.oldest_due_seconds:.0f} s: does a worker run?"
    return f"{found.dead} gave up; see the inbox." if found.dead else None
