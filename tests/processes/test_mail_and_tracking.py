"""The real processes: what is queued leaves by itself, what is tracked becomes an event, also after a kill."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

import pytest

from machine.smtp import smtp_server
from plugins.processes import Base, kill_group, served

pytestmark = pytest.mark.kill

QUEUE = """
from django.utils import timezone
from sarnakh.outbox.ports import Draft
from sarnakh.outbox.services import queue
drafts = [Draft(key=f"k{n}", recipient="sara@example.com", subject="s", body_text="t") for n in range(5)]
queue(drafts, at=timezone.now())
"""
COUNT = "from sarnakh.leads.models import Event; print(Event.objects.filter(name='tracked').count())"


def shell(base: Base, code: str) -> str:
    return base.run("django", "shell", "--no-imports", "-c", code).stdout.strip()


def test_what_is_queued_leaves_by_itself_and_a_killed_worker_sends_nothing_twice(
    base: Base, eventually: Callable[..., None]
) -> None:
    with smtp_server() as smtp:
        base.env["SARNAKH_SMTP_URL"] = smtp.url
        shell(base, QUEUE)
        worker = base.start("worker")
        try:
            eventually(lambda: len(smtp.messages) == 5)
        finally:
            kill_group(worker)
        worker = base.start("worker")
        try:
            shell(base, QUEUE.replace("k{n}", "later-{n}"))
            eventually(lambda: len({mail["Message-ID"] for mail in smtp.messages}) == 10)
        finally:
            kill_group(worker)


def test_what_a_client_sends_becomes_an_event_once(base: Base, eventually: Callable[..., None]) -> None:
    with served(base) as running:
        key = running.run("source", "create", "--name", "shop")
        call = {"userId": "u1", "event": "Paid", "messageId": "m1", "writeKey": key}
        for _ in range(2):
            request = urllib.request.Request(
                f"{running.url}/v1/track", data=json.dumps(call).encode(), headers={"Content-Type": "text/plain"}
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert json.load(answer) == {"success": True}
        eventually(lambda: shell(base, COUNT) == "1")
