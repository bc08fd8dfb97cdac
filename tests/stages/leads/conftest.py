"""Jobs are known, as in every process that enqueues them."""

import pytest


@pytest.fixture(autouse=True)
def _jobs_known() -> None:
    from sarnakh.project import tasks

    tasks.load()
