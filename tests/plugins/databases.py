"""Databases beyond the one that pytest-django makes."""

from collections.abc import Iterator

import pytest

from machine.postgres import Cluster


@pytest.fixture
def own_postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of this test's own, durable, to `kill()` and `start()` again; `url` names it."""
    with Cluster.thrown_away(is_durable=True) as cluster:
        yield cluster
