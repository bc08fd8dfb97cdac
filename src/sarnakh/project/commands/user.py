"""`sarnakh user create`: let a person in."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from sarnakh.project.commands import CommandError, say

HELP = "Users: create."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(dest="action", metavar="ACTION", required=True).add_parser(
        "create",
        help="create a user; the password comes from SARNAKH_PASSWORD, a prompt, or standard input",
    )
    create.add_argument("--email", required=True, help="address to sign in with")
    create.add_argument(
        "--role", required=True, choices=("rep", "manager", "marketer", "admin"), help="what they may do"
    )
    create.add_argument("--name", default="", help="how they are called")
    create.add_argument("--language", default="fa", choices=("fa", "en"), help="of their pages (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sarnakh.accounts.services import AccountError, NewUser, create_user

    new = NewUser(
        email=options.email, role=options.role, name=options.name, password=_password(), language=options.language
    )
    try:
        user = create_user(new, actor=None, at=timezone.now())
    except AccountError as error:
        raise CommandError(f"The user was not created: {error}.") from error
    say(f"Created {user.email} ({user.role}).")
    return 0


def _password() -> str:
    given = os.environ.get("SARNAKH_PASSWORD")
    if given is None:
        given = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not given:
        raise CommandError("No password was given: type it, pipe it in, or set SARNAKH_PASSWORD.")
    return given
