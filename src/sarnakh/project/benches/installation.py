"""An installation that lives as long as a measurement: a folder, a database, `sarnakh serve` on a free port."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sarnakh.project.commands import CommandError

READY_WITHIN = 60.0
_CLI = "sarnakh.project.cli"
_GROUND = "sarnakh.project.benches.ground"


@dataclass(frozen=True)
class Installation:
    """It answers at 127.0.0.1:`port`; `token` opens its API; `database` says what it runs on."""

    pid: int
    port: int
    token: str
    database: str
    env: Mapping[str, str]

    def cpu(self) -> float | None:
        """Seconds that its web process and worker have computed so far; None where /proc does not say."""
        ticks = 0
        try:
            below = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            for pid in below:
                columns = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(columns[11]) + int(columns[12])  # utime, stime: proc(5)
        except (OSError, IndexError):
            return None
        return ticks / os.sysconf("SC_CLK_TCK")

    def leads(self) -> int:
        """How many there are in the base, asked past the server."""
        return int(_told(self.env)["leads"])


@contextmanager
def serving(postgres: str) -> Iterator[Installation]:
    """Set up and serve, on SQLite or ("postgresql://…") in a database of its own there; all of it goes at the end.

    Raises CommandError when it cannot be started.
    """
    folder = Path(tempfile.mkdtemp(prefix="sarnakh-bench-"))
    try:
        with _database(postgres) as (url, words):
            kept = {name: value for name, value in os.environ.items() if not name.startswith("SARNAKH_")}
            env = {**kept, "SARNAKH_DATA_DIR": str(folder)} | ({"SARNAKH_DATABASE_URL": url} if url else {})
            _run(env, _CLI, "init")
            token = str(_told(env)["token"])
            with _served(env, folder / "log") as (pid, port):
                yield Installation(pid, port, token, words, env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(env: Mapping[str, str], log: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with log.open("wb") as out:
        command = [sys.executable, "-m", _CLI, "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603  our own words
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not _is_ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandError(f"The server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _database(server: str) -> Iterator[tuple[str, str]]:
    """The URL ("" for SQLite) of an empty database of our own, and what it is, in words."""
    if not server:
        import sqlite3

        yield "", f"SQLite {sqlite3.sqlite_version}"
        return
    try:
        import psycopg
        from psycopg import sql
    except ImportError as error:
        raise CommandError("PostgreSQL needs the extra: install sarnakh[postgres].") from error
    name = f"sarnakh_bench_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            settings = ("server_version", "fsync", "synchronous_commit")
            values = [connection.execute("select current_setting(%s)", [each]).fetchone() for each in settings]
            version, *durable = [str(value[0]) if value else "?" for value in values]
            words = f"PostgreSQL {version} (fsync {durable[0]}, synchronous_commit {durable[1]})"
            mine = sql.Identifier(name)
            connection.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(mine))
            try:
                yield urlunsplit(urlsplit(server)._replace(path=f"/{name}")), words
            finally:
                connection.execute(sql.SQL("drop database {} with (force)").format(mine))
    except psycopg.OperationalError as error:
        raise CommandError(f"PostgreSQL does not answer: {str(error).strip().splitlines()[0]}") from error


def _told(env: Mapping[str, str]) -> dict[str, Any]:
    return dict(json.loads(_run(env, _GROUND).splitlines()[-1]))


def _run(env: Mapping[str, str], module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603  our own words
    if done.returncode:
        raise CommandError(f"The throw-away base could not be made: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
