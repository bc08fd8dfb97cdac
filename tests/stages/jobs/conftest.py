import pytest


@pytest.fixture(autouse=True)
def ran() -> list[object]:
    """What the sample jobs noted, empty at the start."""
    import sample_tasks  # not above: this file is read before Django is set up

    sample_tasks.ran.clear()
    return sample_tasks.ran
