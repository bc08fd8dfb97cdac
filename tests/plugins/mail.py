"""A mail server of the test's own, and Django told to use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from machine.smtp import Server, smtp_server


@pytest.fixture
def smtp(settings: Settings) -> Iterator[Server]:
    """A real SMTP server on loopback, set as ours: `smtp.messages` is what it took."""
    with smtp_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.host, server.port, 2
        yield server
