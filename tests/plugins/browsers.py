"""A real Chromium, right to left and left to right, that can reach this machine only, by both of its names.

Its profiles are private ones, so cookies and storage of a frame from another site are blocked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from machine import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a run."""
    from playwright.sync_api import sync_playwright

    path = chromium.found()
    assert path, "no Chromium on this machine"
    # Playwright's loop stays in this thread, and Django would take all that follows for an async view of ours.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        launched = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a fresh profile; an error in the page's own script fails the test."""
    context = browser.new_context(locale="fa-IR", timezone_id="Asia/Tehran")
    errors: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors, f"scripts failed on the page: {errors}"
