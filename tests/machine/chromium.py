"""The Chromium that the browser tests drive: the one installed, or Debian's."""

import os
import shutil

from machine import apt_install

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The path of a Chromium on this machine (SARNAKH_TEST_CHROMIUM first), None where there is none."""
    named = os.environ.get("SARNAKH_TEST_CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def found_or_installed() -> str | None:
    path = found()
    if path is None and apt_install("chromium"):
        path = found()
    return path
