"""`sarnakh bench create`: how fast this machine takes leads in. Nothing of your own base is touched."""

from __future__ import annotations

import argparse

from sarnakh.project.commands import CommandError, say

HELP = "Measure this machine on a throw-away base: create."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(dest="action", metavar="ACTION", required=True).add_parser(
        "create", help="leads a second through POST /api/v1/leads, each answered with score and owner"
    )
    create.add_argument("--clients", type=int, default=8, help="how many send at once (default: %(default)s)")
    create.add_argument("--seconds", type=float, default=20.0, help="for how long (default: %(default)s)")
    create.add_argument(
        "--postgres", default="", metavar="URL", help="a server on which a database is made and dropped; else SQLite"
    )


def run(options: argparse.Namespace) -> int:
    from sarnakh.project.benches import create

    if options.clients < 1 or options.seconds <= 0:
        raise CommandError("--clients and --seconds must be above 0.")
    result = create.measure(clients=options.clients, seconds=options.seconds, postgres=options.postgres)
    for line in result.lines(options.clients):
        say(line)
    return 0
