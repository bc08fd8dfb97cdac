"""`sarnakh django …`: Django's own commands, for developers."""

from __future__ import annotations

import argparse

HELP = "Django's own commands, for developers: sarnakh django shell."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="what to give to Django")


def run(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sarnakh django", *options.rest])
    return 0
