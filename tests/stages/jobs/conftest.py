import pytest

import sample_tasks


@pytest.fixture(autouse=True)
def ran() -> list[object]:
    """What the sample jobs noted, empty at the start."""
    sample_tasks.ran.clear()
    return sample_tasks.ran
