"""A sender is killed with SIGKILL at each step: nothing is missing, and an extra copy has the same Message-ID."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from factories import AT
from machine.postgres import with_database
from machine.smtp import Server
from sarnakh.outbox import rules, sending, services
from sarnakh.outbox.models import Message, MessageState
from sarnakh.outbox.ports import Draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import sys; from datetime import datetime
import django; django.setup()
from sarnakh.outbox.sending import send_due
print("started", flush=True)
send_due(datetime.fromisoformat(sys.argv[1]))
"""
DRAFT = Draft(key="welcome:demo:1", recipient="sara@example.com", subject="خوش آمدید", body_text="سلام")
AFTER_LEASE = AT + rules.LEASE + timedelta(minutes=1)


def _database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    return (
        with_database(os.environ["SARNAKH_DATABASE_URL"], name)
        if connection.vendor == "postgresql"
        else f"sqlite://{name}"
    )


@contextmanager
def sender(at: datetime, smtp_url: str) -> Iterator[subprocess.Popen[str]]:
    """`send_due` in a process of its own over the test's database; killed at the end of the block."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, at.isoformat()],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "SARNAKH_DATABASE_URL": _database_url(),
            "SARNAKH_SMTP_URL": smtp_url,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "started\n"
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        child.stdout.close()


@contextmanager
def silent_server() -> Iterator[tuple[str, threading.Event]]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        met = threading.Event()
        kept: list[socket.socket] = []

        def accept() -> None:
            kept.append(listening.accept()[0])
            met.set()

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}", met
        thread.join(10)
        for each in kept:
            each.close()


@contextmanager
def nobody_can_commit() -> Iterator[None]:
    """Hold the row, so that the sender waits where it would write down what came of it."""
    if connection.vendor == "postgresql":
        with psycopg.connect(_database_url()) as other:
            other.execute("SELECT 1 FROM outbox_message FOR UPDATE")
            yield
            # A backend whose client is dead still waits for the row, and would commit once it is free.
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            other.rollback()
    else:
        with transaction.atomic():  # IMMEDIATE: the one writer
            yield


def _sent_ids(smtp: Server) -> list[str]:
    return [mail["Message-ID"] for mail in smtp.messages]


def test_killed_before_the_server_said_a_word(smtp: Server) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    with silent_server() as (url, met), sender(AT, url):
        assert met.wait(20)
        row.refresh_from_db()
        assert row.state == MessageState.SENDING
    assert sending.send_due(AT) == 0, "the lease still runs"
    assert sending.send_due(AFTER_LEASE) == 1
    assert _sent_ids(smtp) == [row.message_id]


def test_killed_while_the_text_was_on_its_way(smtp: Server) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    smtp.hang = True
    with sender(AT, smtp.url):
        assert smtp.got_text.wait(20)
    smtp.hang = False
    assert sending.send_due(AFTER_LEASE) == 1
    assert _sent_ids(smtp) == [row.message_id]


def test_killed_between_the_servers_yes_and_our_commit(smtp: Server) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    taken, may_answer, answered = threading.Event(), threading.Event(), threading.Event()

    def wait_before_the_yes() -> None:
        taken.set()
        may_answer.wait(20)
        answered.set()

    smtp.then = wait_before_the_yes
    with sender(AT, smtp.url) as child:
        assert taken.wait(20)
        with nobody_can_commit():
            may_answer.set()
            assert answered.wait(20)
            child.kill()
            child.wait(10)
    row.refresh_from_db()
    assert row.state == MessageState.SENDING
    smtp.then = None
    assert sending.send_due(AFTER_LEASE) == 1
    assert _sent_ids(smtp) == [row.message_id] * 2
    row.refresh_from_db()
    assert row.state == MessageState.SENT


def test_killed_after_the_commit_nothing_is_sent_again(smtp: Server, eventually: Callable[..., None]) -> None:
    row = services.queue([DRAFT], at=AT)[0]
    with sender(AT, smtp.url):
        eventually(lambda: Message.objects.get().state == MessageState.SENT)
    assert sending.send_due(AFTER_LEASE) == 0
    assert _sent_ids(smtp) == [row.message_id]
