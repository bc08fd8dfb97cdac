"""What a process remembers must not outlive the test whose database it was read from."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _forget_the_organisation() -> Iterator[None]:
    from sarnakh.accounts.selectors import forget_organisation

    forget_organisation()
    yield
    forget_organisation()
