"""Nothing acknowledged is lost, nothing happens twice, whoever dies at whichever step."""

from pathlib import Path

import pytest

from killing import scenario
from machine.postgres import Cluster
from plugins.processes import Base

pytestmark = pytest.mark.kill
ROUNDS = 3


def test_web_and_worker_die_at_every_step_and_nothing_is_lost_or_done_twice(base: Base) -> None:
    _check(scenario.run(base, rounds=ROUNDS, seed=1), {*scenario.PROCESSES}, base)


@pytest.mark.postgres
def test_postgresql_dies_at_every_step_and_nothing_is_lost_or_done_twice(own_postgres: Cluster, tmp_path: Path) -> None:
    base = Base(tmp_path, own_postgres.url)
    base.run("init")
    _check(scenario.run(base, rounds=ROUNDS, seed=2, cluster=own_postgres), {*scenario.DATABASES}, base)


def _check(report: scenario.Report, steps: set[tuple[str, str]], base: Base) -> None:
    assert not report.broken, "\n".join([*report.broken, base.log()[-4000:]])
    assert set(report.deaths) == steps, f"never seen: {steps - set(report.deaths)}"
    assert report.again > 0
    assert report.counts["leads"] > 20
    assert report.counts["mails"] > 5
