"""The scenario: web, worker and mail server run, clients send, and one after another dies at a step and comes back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from killing.clients import Clients
from machine import free_port
from machine.postgres import Cluster
from machine.smtp import Server, smtp_server
from plugins.processes import Base, is_ready, kill_group

INSIDE = (str(Path(__file__).with_name("inside.py")),)
STEP_WITHIN = 20.0  # seconds in which a step must be seen
READY_WITHIN = 120.0
SETTLED_WITHIN = 180.0
NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgres": "now()"}

# A row that is there exactly while something is between two steps.
BETWEEN = {
    "stored": "select 1 from capture where state = 'pending' limit 1",
    "tracked": "select 1 from track_inbox limit 1",
    "due": "select 1 from lead where advance_due_at <= {now} limit 1",
    "queued": "select 1 from outbox_message where state = 'queued' limit 1",
    "sending": "select 1 from outbox_message where state = 'sending' limit 1",
    "sent": "select 1 from outbox_message where state = 'sent' and noted_at is null limit 1",
}
LATEST = "select max(id) from capture"
# A lease is not waited for: whoever held it is dead.
LEASES = (
    "update outbox_message set due_at = created_at where state = 'sending'",
    "update capture set due_at = received_at where state = 'pending'",
    "update job set run_at = created_at where worker is not null and state = 0",
)
# Who dies at which step. "asked": a request is on its way; "kept": a capture was committed this moment, its answer may
# be out or not; "mailed": the mail server has a text and has not said 250.
WEB, WORKER, BOTH, DATABASE = "web", "worker", "web and worker", "PostgreSQL"
PROCESSES = (
    (WEB, "asked"),
    (WEB, "kept"),
    (WORKER, "tracked"),
    (WORKER, "stored"),
    (WORKER, "due"),
    (WORKER, "queued"),
    (WORKER, "sending"),
    (WORKER, "mailed"),
    (WORKER, "sent"),
    (BOTH, "asked"),
)
DATABASES = tuple((DATABASE, step) for step in ("asked", "kept", *BETWEEN, "mailed"))


@dataclass
class Report:
    """How it ended: broken promises in sentences, deaths by (victim, step), steps that never came, and counts."""

    broken: list[str]
    deaths: Counter[tuple[str, str]]
    unseen: Counter[tuple[str, str]]
    again: int
    counts: dict[str, int] = field(default_factory=dict)


def run(
    base: Base, *, rounds: int, seed: int, cluster: Cluster | None = None, say: Callable[[str], object] = str
) -> Report:
    """Kill at each step once a round. `cluster`: the server of the base, which then is what dies."""
    with smtp_server() as mail:
        base.env["SARNAKH_SMTP_URL"] = mail.url
        house = House(base, mail, cluster, Random(seed))
        ground = house.inside("prepare")
        clients = Clients(
            house.port, token=ground["token"], write_key=ground["write_key"], server_key=ground["server_key"], seed=seed
        )
        plan = DATABASES if cluster else PROCESSES
        deaths: Counter[tuple[str, str]] = Counter()
        unseen: Counter[tuple[str, str]] = Counter()
        with house.running():
            clients.start()
            house.see_work()  # a worker that cannot reach its database at the start ends; here nobody starts it again
            for number in range(rounds):
                for victim, step in house.dice.sample(plan, k=len(plan)):
                    seen = house.wait_for(step, clients)
                    (deaths if seen else unseen)[victim, step] += 1
                    say(f"round {number + 1}: {victim} dies {'at' if seen else 'without'} {step}")
                    house.kill(victim)
                    house.restore(victim)
            clients.stop()
            house.kill(WORKER)  # whoever held a lease must be dead before it is taken away
            house.restore(WORKER)
            settled = house.settle()
        promises = clients.promises
        told = {
            "leads": promises.leads,
            "forms": promises.forms,
            "messages": promises.messages,
            "users": promises.users,
            "mails": [(str(message["Message-ID"]), str(message["To"])) for message in mail.messages],
            "copies_allowed": deaths.total() + unseen.total() + 1,
        }
        (base.data_dir / "promises.json").write_text(json.dumps(told, ensure_ascii=False))
        counts = house.inside("verdict")
        broken = [*promises.wrong, *counts.pop("broken")]
        if not settled:
            broken.insert(0, f"it did not come to rest in {SETTLED_WITHIN:.0f} s")
        return Report(broken, deaths, unseen, promises.again, counts)


class House:
    """The processes of one installation, each a group of its own, so that one may die without the others."""

    def __init__(self, base: Base, mail: Server, cluster: Cluster | None, dice: Random) -> None:
        self.base, self.mail, self.cluster, self.dice = base, mail, cluster, dice
        self.port = free_port()
        self._web: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._let_go = threading.Event()

    def inside(self, what: str) -> dict[str, Any]:
        """What `inside.py` answers."""
        env = self.base.variables()
        env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(Path(__file__).parents[1])])
        done = subprocess.run([sys.executable, *INSIDE, what], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return dict(json.loads(done.stdout.splitlines()[-1]))

    @contextmanager
    def running(self) -> Iterator[None]:
        try:
            self._start_web()
            self._start_worker()
            yield
        finally:
            self.kill(BOTH)

    def wait_for(self, step: str, clients: Clients) -> bool:
        """Return while things stand at this step; False if that was not seen in time."""
        if step == "asked":
            seen = self._until(clients.is_waiting)
            time.sleep(self.dice.random() * 0.05)
            return seen
        with closing(self._connected()) as connection:
            if step != "kept":
                self.see_work()
            if step == "mailed":
                return self._hold_mail()
            if step == "kept":
                [last] = connection.execute(LATEST).fetchone()
                return self._until(lambda: connection.execute(LATEST).fetchone()[0] != last)
            probe = BETWEEN[step].format(now=NOW["postgres" if self.base.database_url else "sqlite"])
            return self._until(lambda: connection.execute(probe).fetchone())

    def kill(self, victim: str) -> None:
        """SIGKILL. The mail server then goes on as if nothing was."""
        if victim == DATABASE:
            assert self.cluster is not None
            self.cluster.kill()
        for process in (self._web if WEB in victim else None, self._worker if WORKER in victim else None):
            if process is not None:
                kill_group(process)
        self._let_go.set()
        self.mail.then = None

    def restore(self, victim: str) -> None:
        """Start again what died, a moment later."""
        time.sleep(self.dice.random() * 0.5)
        if victim == DATABASE:
            assert self.cluster is not None
            self.cluster.start()
        if WORKER in victim:
            self.expire_leases()
            self._start_worker()
        if WEB in victim:
            self._start_web()

    def expire_leases(self) -> None:
        with closing(self._connected()) as connection:
            for statement in LEASES:
                connection.execute(statement)

    def settle(self) -> bool:
        """Wait until nothing is between two steps."""
        with closing(self._connected()) as connection:
            now = NOW["postgres" if self.base.database_url else "sqlite"]
            probes = [probe.format(now=now) for probe in BETWEEN.values()]
            return self._until(
                lambda: not any(connection.execute(probe).fetchone() for probe in probes), SETTLED_WITHIN, 0.2
            )

    def see_work(self) -> None:
        """Wait until a tracking call came and was worked on: a worker that has just begun would die of nothing."""
        latest = "select max(id) from track_inbox"
        with closing(self._connected()) as connection:
            assert self._until(lambda: connection.execute(latest).fetchone()[0], READY_WITHIN), "no call came in"
            [last] = connection.execute(latest).fetchone()
            left = f"select 1 from track_inbox where id <= {last or 0} limit 1"
            is_worked = self._until(lambda: not connection.execute(left).fetchone(), READY_WITHIN)
        assert is_worked, f"the worker does not work\n{self.base.log()[-4000:]}"

    def _hold_mail(self) -> bool:
        """Wait until the mail server has a text, and keep it from answering until somebody died."""
        came = threading.Event()
        self._let_go = threading.Event()

        def hold() -> None:
            came.set()
            self._let_go.wait(10)

        self.mail.then = hold
        return came.wait(STEP_WITHIN)

    def _start_web(self) -> None:
        self._web = self.base.start("web", "--host", "127.0.0.1", "--port", str(self.port))
        url = f"http://127.0.0.1:{self.port}"
        assert self._until(lambda: is_ready(url), READY_WITHIN, 0.1), self.base.log()[-4000:]

    def _start_worker(self) -> None:
        self._worker = self.base.start("worker")

    def _until(self, condition: Callable[[], object], within: float = STEP_WITHIN, pause: float = 0.001) -> bool:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(pause)
        return False

    def _connected(self) -> Any:
        """A connection of our own, each statement a transaction."""
        if self.base.database_url:
            return psycopg.connect(self.base.database_url, autocommit=True)
        return sqlite3.connect(self.base.data_dir / "sarnakh.sqlite3", isolation_level=None, timeout=20)
