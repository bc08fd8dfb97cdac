"""The real `sarnakh`, in processes of its own over a base of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from machine import free_port
from machine.postgres import with_database

CLI = ("-m", "sarnakh.project.cli")
ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 60.0  # seconds; it takes 2 on an idle machine


@dataclass
class Base:
    """An initialised installation: its folder, its database ("" for SQLite in the folder), and its commands."""

    data_dir: Path
    database_url: str
    env: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        # PYTHONDONTWRITEBYTECODE goes too: compiling everything anew doubles the start of each process.
        left_out = ("SARNAKH_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        url = {"SARNAKH_DATABASE_URL": self.database_url} if self.database_url else {}
        return {**clean, "PYTHONPATH": str(ROOT / "src"), "SARNAKH_DATA_DIR": str(self.data_dir), **url, **self.env}

    def start(self, *arguments: str, program: tuple[str, ...] = CLI) -> subprocess.Popen[bytes]:
        """`sarnakh ARGUMENTS` (or another Python program) as a process group of its own; see `log`."""
        with (self.data_dir / "log").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, *program, *arguments],
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                cwd=ROOT,
            )

    def run(self, *arguments: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """`sarnakh ARGUMENTS` to its end; with `check` a failure fails the test."""
        done = subprocess.run(
            [sys.executable, *CLI, *arguments],
            env=self.variables(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=ROOT,
        )
        assert not check or done.returncode == 0, f"sarnakh {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def log(self) -> str:
        path = self.data_dir / "log"
        return path.read_text() if path.exists() else ""


@dataclass
class Running:
    """A `sarnakh serve` that answers at `url`."""

    base: Base
    url: str
    process: subprocess.Popen[bytes]

    def run(self, *arguments: str, stdin: str = "") -> str:
        """The last line that `sarnakh ARGUMENTS` prints: a token, a write key."""
        return self.base.run(*arguments, stdin=stdin).stdout.strip().rpartition("\n")[2]

    def children(self, name: str) -> list[int]:
        """Pids of the live `sarnakh web` or `sarnakh worker` processes under it."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        lines = (line.split(None, 1) for line in listed.stdout.splitlines())
        return [int(pid) for pid, args in lines if f" {name}" in args and "<defunct>" not in args]

    def stop(self) -> int:
        """SIGTERM and wait; the exit code."""
        self.process.terminate()
        return self.process.wait(20)


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base after `sarnakh init`, to be copied and never used itself."""
    with ExitStack() as stack:
        base = Base(tmp_path_factory.mktemp("initialised"), stack.enter_context(_database(None)))
        base.run("init")
        yield base


@pytest.fixture
def base(initialised: Base, tmp_path: Path) -> Iterator[Base]:
    """An initialised installation of this test's own; nothing runs on it yet."""
    with copied(initialised, tmp_path / "base") as copy:
        yield copy


@pytest.fixture
def running(base: Base) -> Iterator[Running]:
    """`sarnakh serve` over a base of this test's own."""
    with served(base) as started:
        yield started


@pytest.fixture(scope="module")
def kept_running(initialised: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`sarnakh serve` over one base for all tests of a file."""
    with copied(initialised, tmp_path_factory.mktemp("kept") / "base") as copy, served(copy) as started:
        yield started


@pytest.fixture
def eventually() -> Callable[..., None]:
    """`eventually(lambda: condition)`: wait for what other processes do, a minute at most."""

    def wait(condition: Callable[[], object], within: float = 60.0) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "did not happen in time"
            time.sleep(0.05)

    return wait


@contextmanager
def copied(initialised: Base, folder: Path) -> Iterator[Base]:
    """A copy of an initialised base in `folder`, its database dropped at the end."""
    shutil.copytree(initialised.data_dir, folder)
    with _database(initialised.database_url or None) as url:
        yield Base(folder, url)


@contextmanager
def served(base: Base) -> Iterator[Running]:
    """`sarnakh serve` on a free port, ready; whatever is left of it at the end is killed."""
    port = free_port()
    process = base.start("serve", "--host", "127.0.0.1", "--port", str(port))
    try:
        started = Running(base, f"http://127.0.0.1:{port}", process)
        _wait_until_ready(started)
        yield started
        if process.poll() is None:
            started.stop()
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process that `Base.start` started and to all it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _wait_until_ready(started: Running) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not is_ready(started.url):
        if time.monotonic() > deadline or started.process.poll() is not None:
            pytest.fail(f"sarnakh serve was not ready in {READY_WITHIN:.0f} s:\n{started.base.log()[-4000:]}")
        time.sleep(0.1)


def is_ready(url: str) -> bool:
    """Whether /readyz says so."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _database(template: str | None) -> Iterator[str]:
    """A new PostgreSQL database, empty or a copy of `template`; "" where the tests run on SQLite."""
    server = os.environ.get("SARNAKH_DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield ""
        return
    name = f"sarnakh_base_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    url = with_database(server, name)
    like = f'template "{template.rpartition("/")[2]}"' if template else "template template0 encoding 'UTF8'"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" {like}')
        try:
            yield url
        finally:
            connection.execute(f'drop database "{name}" with (force)')
