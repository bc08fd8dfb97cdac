import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from machine.postgres import Cluster
from plugins.processes import Base, kill_group, served

pytestmark = pytest.mark.kill
SLOW = (str(Path(__file__).parents[1] / "slow_worker.py"),)


def notes(base: Base) -> list[list[str]]:
    path = base.data_dir / "notes"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def ended(base: Base) -> Counter[str]:
    return Counter(number for what, number, _ in notes(base) if what == "end")


def slow(base: Base, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *SLOW, *arguments], env=base.variables(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_worker_killed_in_the_middle_of_a_job_loses_none(base: Base, eventually: Callable[..., None]) -> None:
    slow(base, "ask", "12", "0.3")
    first = base.start("work", "2", program=SLOW)
    try:
        eventually(lambda: len(ended(base)) >= 2)
    finally:
        kill_group(first)
    begun = Counter(number for what, number, _ in notes(base) if what == "begin")
    assert begun.total() > ended(base).total()  # it died inside a job
    second = base.start("work", "2", program=SLOW)
    try:
        eventually(lambda: len(ended(base)) == 12 and slow(base, "left") == "0")
    finally:
        kill_group(second)


def test_a_worker_that_froze_past_its_lease_does_not_end_what_another_took(
    base: Base, eventually: Callable[..., None]
) -> None:
    slow(base, "ask", "1", "4")
    frozen = base.start("work", "1", program=SLOW)
    other = None
    try:
        eventually(lambda: notes(base))
        os.kill(frozen.pid, signal.SIGSTOP)
        other = base.start("work", "1", program=SLOW)
        eventually(lambda: len(notes(base)) == 2)  # the lease ran out: the other began it
        os.kill(frozen.pid, signal.SIGCONT)
        eventually(lambda: "after their lease had gone" in base.log())
        eventually(lambda: slow(base, "left") == "0")
    finally:
        kill_group(frozen)
        if other is not None:
            kill_group(other)
    assert ended(base) == {"0": 2}  # both ran to the end; the fence let only the holder of the lease say so


def test_a_job_longer_than_its_lease_is_not_begun_twice(base: Base, eventually: Callable[..., None]) -> None:
    slow(base, "ask", "1", "3")
    workers = [base.start("work", "1", program=SLOW) for _ in range(2)]
    try:
        eventually(lambda: ended(base) and slow(base, "left") == "0")
    finally:
        for worker in workers:
            kill_group(worker)
    assert len(notes(base)) == 2


@pytest.mark.postgres
def test_serve_outlives_a_database_that_is_killed(
    own_postgres: Cluster, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    base = Base(tmp_path, own_postgres.url)
    base.run("init")
    with served(base) as started:
        own_postgres.kill()
        eventually(lambda: status(f"{started.url}/readyz") == 503)
        own_postgres.start()
        eventually(lambda: status(f"{started.url}/readyz") == 200)
        slow(base, "ask", "1", "0")  # of a task that this worker does not know: it says so
        eventually(lambda: "slow.note" in started.base.log())


def status(url: str) -> int:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
