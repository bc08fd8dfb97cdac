"""What a process remembers must not outlive the test whose database it was read from."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    from sarnakh.accounts.selectors import forget_organisation
    from sarnakh.leads.kinds import forget_read

    forget_organisation()
    forget_read()
    yield
    forget_organisation()
    forget_read()
