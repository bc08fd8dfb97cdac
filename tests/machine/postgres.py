"""A PostgreSQL for the tests: the one named, the one that runs here, or a throw-away cluster of our own.

initdb refuses root, so root starts clusters as the user `postgres` or, failing that, `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from machine import apt_install, free_port

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"


def binaries() -> Path | None:
    """The folder with initdb and postgres of the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def answers(url: str) -> bool:
    """Whether a server takes us in at `url` and lets us create databases."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute("select rolcreatedb or rolsuper from pg_roles where rolname = current_user")
            return bool((row.fetchone() or [False])[0])
    except psycopg.Error:
        return False


def with_database(url: str, name: str) -> str:
    """`url` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def found() -> Iterator[str | None]:
    """The URL of a server for the tests, None where there is none to be had; a throw-away one lives as long as this."""
    named = os.environ.get("SARNAKH_TEST_POSTGRES_URL")
    if named or answers(LOCAL):
        yield named or LOCAL
        return
    if binaries() is None:
        apt_install("postgresql")
    if binaries() is None:
        yield None
        return
    with Cluster.thrown_away() as cluster:
        yield cluster.url


@dataclass
class Cluster:
    """A PostgreSQL server of our own, in a folder that goes away with it."""

    folder: Path
    port: int
    is_durable: bool
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def thrown_away(cls, *, is_durable: bool = False) -> Iterator[Cluster]:
        """Made, started, and removed at the end. `is_durable`: with fsync, for tests that kill it."""
        cluster = cls(Path(tempfile.mkdtemp(prefix="sarnakh-pg-", dir="/tmp")), free_port(), is_durable)
        try:
            cluster._create()
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            shutil.rmtree(cluster.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it takes connections. Raises RuntimeError after 30 s."""
        assert self.process is None
        options = ["-D", str(self.folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        speed = [] if self.is_durable else ["-c", "fsync=off", "-c", "synchronous_commit=off"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_other_user(), _program("postgres"), *options, *speed, "-c", "max_connections=200"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        deadline = time.monotonic() + 30
        while not answers(self.url):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to the server and, so that none lives on, to its children."""
        assert self.process is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        self.process.kill()
        for child in children:
            _signal(int(child), signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, the base is written
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _create(self) -> None:
        user = _other_user()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            [*_as_other_user(), _program("initdb"), "-D", str(self.folder / "data"), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr}")


def _program(name: str) -> str:
    folder = binaries()
    assert folder is not None, "no PostgreSQL binaries on this machine"
    return str(folder / name)


def _other_user() -> pwd.struct_passwd | None:
    """Whom root becomes to run a server; None where we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _as_other_user() -> list[str]:
    user = _other_user()
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
