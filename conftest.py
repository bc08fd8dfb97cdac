"""The ground of every test: a data folder of its own, a database of its own, the network closed but for loopback.

SQLite unless SARNAKH_DATABASE_URL names a PostgreSQL server. Fixtures: tests/plugins/; rows: tests/factories.py.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import hypothesis
import pytest

from machine import REQUIRED, chromium, postgres

KEPT = ("SARNAKH_DATABASE_URL", "SARNAKH_TEST_")
for name in [name for name in os.environ if name.startswith("SARNAKH_") and not name.startswith(KEPT)]:
    del os.environ[name]
DATA_DIR = Path(tempfile.mkdtemp(prefix="sarnakh-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
# The settings are read at import, so this stands before Django is loaded (and why pytest's ini names no settings).
os.environ["SARNAKH_DATA_DIR"] = str(DATA_DIR)
os.environ["DJANGO_SETTINGS_MODULE"] = "sarnakh.project.settings"
# A folder's own conftest is read before pytest-django sets Django up, when the folder is named in the call.
django.setup()
IS_POSTGRES = os.environ.get("SARNAKH_DATABASE_URL", "").startswith("postgres")

pytest_plugins = (
    "plugins.databases",
    "plugins.memory",
    "plugins.processes",
    "plugins.browsers",
    "plugins.mail",
    "plugins.demo",
)

hypothesis.settings.register_profile("default", max_examples=25, deadline=None)
hypothesis.settings.register_profile("deep", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("SARNAKH_TEST_HYPOTHESIS", "default"))


def pytest_configure() -> None:
    from django.conf import settings

    # pid and, by pytest-django, the xdist worker: runs beside each other never meet.
    name = f"sarnakh_test_{os.getpid()}"
    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["NAME"] = name if IS_POSTGRES else str(DATA_DIR / f"{name}.sqlite3")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _missing() -> dict[str, str]:
    """Marks and fixtures whose ground is not here, and why: such tests are not collected, and one line says so."""
    missing = {}
    if not IS_POSTGRES:
        missing["postgres"] = "they need SARNAKH_DATABASE_URL=postgresql://… (make test gives it)"
    elif postgres.binaries() is None and "postgres" not in REQUIRED:
        missing["own_postgres"] = "no PostgreSQL server programs on this machine"
    if chromium.found() is None and "browser" not in REQUIRED:
        missing["browser"] = "no Chromium on this machine"
    return missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for what in _missing():
        out = [item for item in items if what in item.keywords or what in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, why in _missing().items():
        terminalreporter.write_line(f"not collected: tests marked {what}: {why}")
