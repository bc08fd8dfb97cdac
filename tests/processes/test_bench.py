import os
from pathlib import Path

import pytest

from plugins.processes import Base
from sarnakh.project.benches import client


def test_leads_are_created_counted_and_every_one_is_found_again(tmp_path: Path) -> None:
    server = os.environ.get("SARNAKH_DATABASE_URL", "")
    postgres = ("--postgres", server) if server.startswith("postgres") else ()
    done = Base(tmp_path, "").run("bench", "create", "--clients", "3", "--seconds", "1", *postgres)
    told = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert list(told) == ["create:", "leads/s", "median", "p95", "p99", "server", "checked", "machine"]
    assert int(told["leads/s"]) > 0
    assert "all of them in the base" in told["checked"]
    assert ("PostgreSQL" if postgres else "SQLite") in told["machine"]


def test_a_server_that_is_away_is_one_clear_sentence(tmp_path: Path) -> None:
    done = Base(tmp_path, "").run("bench", "create", "--postgres", "postgresql://nobody@127.0.0.1:1/x", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("PostgreSQL does not answer: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [("--clients", "0"), ("--seconds", "0")])
def test_nobody_for_no_time_is_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    done = Base(tmp_path, "").run("bench", "create", *wrong, check=False)
    assert done.returncode == 1
    assert "above 0" in done.stderr


def test_a_client_puts_an_answer_together_that_comes_in_pieces() -> None:
    import socket

    ours, theirs = socket.socketpair()
    caller = client._Client(ours)
    with ours, theirs:
        for piece, whole in (
            (b"HTTP/1.1 201 Created\r\ncontent-", None),
            (b"length: 4\r\n\r\n{}", None),
            (b"  ", (201, b"{}  ")),
        ):
            theirs.sendall(piece)
            assert client._received(caller) == whole
    assert caller.buffer == b""
