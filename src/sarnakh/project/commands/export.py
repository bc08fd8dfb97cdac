"""`sarnakh export`: the whole base as lines of JSON."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from sarnakh.project.commands import CommandError, say

HELP = "Writes the whole base as lines of JSON: what is so, and what happened."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write: state/ and facts/ are made in it")
    parser.add_argument("--at", metavar="T", help="the moment of the scores, like 2026-11-21T10:00:00+03:30 (now)")


def run(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sarnakh.lifecycle.export import export

    try:
        written = export(options.folder, at=_moment(options.at) if options.at else timezone.now())
    except OSError as error:
        raise CommandError(f"{options.folder} cannot be written to: {error.strerror}.") from error
    for name, lines in written.items():
        say(f"{name}.jsonl: {lines}")
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a moment; write it like 2026-11-21T10:00:00+03:30.") from error
    if moment.tzinfo is None:
        raise CommandError(f"“{text}” needs its offset, like +03:30.")
    return moment
