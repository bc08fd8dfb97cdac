"""`sarnakh source create`: a door for tracking and leads: a site, a shop, an app."""

from __future__ import annotations

import argparse

from sarnakh.project.commands import CommandError, say

HELP = "Sources of events and leads: create."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(dest="action", metavar="ACTION", required=True).add_parser(
        "create", help="create a source; its write key is printed last"
    )
    create.add_argument("--name", required=True, help="how it is called, once in the base")


def run(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sarnakh.leads.sources import NameTaken, create_source

    try:
        source, server_key = create_source(options.name, at=timezone.now())
    except NameTaken as error:
        raise CommandError(f"There is a source named {options.name} already.") from error
    say("Server key, for your own servers only, shown this once:")
    say(server_key)
    say("Write key, public, for browsers and apps:")
    say(source.write_key)
    return 0
