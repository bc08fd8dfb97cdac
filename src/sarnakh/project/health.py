"""What a probe and a scraper ask: does the base answer, is it up to date, what waits."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from sarnakh.capture.models import Capture, CaptureState
from sarnakh.jobs.selectors import backlog
from sarnakh.leads.models import Lead
from sarnakh.outbox.models import Message, MessageState

_LOOPBACK = ("127.", "[::1]", "::1")
_up_to_date = False


def unready() -> str | None:
    """Why this process cannot serve yet, in one sentence; None when it can."""
    global _up_to_date
    try:
        if not _up_to_date:
            missing = missing_migrations()
            if missing:
                return f"{len(missing)} migrations are not applied: run 'sarnakh init'."
            _up_to_date = True  # a base never goes back
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        connection.close()
        return f"The database does not answer: {str(error).strip().splitlines()[0]}"
    return None


def missing_migrations() -> list[str]:
    """Names of the migrations that this version has and the base has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def may_read_metrics(*, client: str, headers: Mapping[str, str]) -> bool:
    """Loopback may, unless it speaks for someone else (a proxy on this machine); others need the token."""
    is_forwarded = "x-forwarded-for" in headers or "forwarded" in headers
    if client.startswith(_LOOPBACK) and not is_forwarded:
        return True
    token: str = settings.CONFIG.metrics_token
    return bool(token) and hmac.compare_digest(headers.get("authorization", ""), f"Bearer {token}")


def metrics(requests: Counter[str], *, at: datetime) -> str:
    """The state of the installation in Prometheus' text format. `requests`: answers of this process by status class."""
    jobs = backlog(at=at)
    lines: list[str] = []

    def gauge(name: str, help_text: str, value: float) -> None:
        lines.extend(
            (f"# HELP sarnakh_{name} {help_text}", f"# TYPE sarnakh_{name} gauge", f"sarnakh_{name} {value:g}")
        )

    gauge("jobs_waiting", "Jobs that wait or run.", jobs.waiting)
    gauge("jobs_due", "Jobs that are due now.", jobs.due)
    gauge("jobs_dead", "Jobs that gave up and were kept.", jobs.dead)
    gauge("jobs_oldest_due_seconds", "How long the oldest due job has been due.", jobs.oldest_due_seconds)
    gauge("captures_pending", "Captures accepted and not yet turned into leads.", _count(Capture, CaptureState.PENDING))
    gauge("captures_failed", "Captures that failed and were kept.", _count(Capture, CaptureState.FAILED))
    gauge("outbox_queued", "Messages that wait to be sent.", _count(Message, MessageState.QUEUED))
    gauge("outbox_failed", "Messages that could not be sent.", _count(Message, MessageState.FAILED))
    gauge("leads_to_advance", "Leads that wait for scoring and routing.", _due_leads(at))
    lines += ["# HELP sarnakh_requests_total Answers of this process.", "# TYPE sarnakh_requests_total counter"]
    lines += [f'sarnakh_requests_total{{status="{status}"}} {count}' for status, count in sorted(requests.items())]
    return "\n".join(lines) + "\n"


def _count(model: type[Capture] | type[Message], state: str) -> int:
    return model._default_manager.filter(state=state).count()


def _due_leads(at: datetime) -> int:
    return Lead.objects.filter(advance_due_at__lte=at).count()
