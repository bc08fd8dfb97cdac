"""`sarnakh token create`: a key of the API."""

from __future__ import annotations

import argparse

from sarnakh.project.commands import CommandError, say

HELP = "API tokens: create."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(dest="action", metavar="ACTION", required=True).add_parser(
        "create", help="create a token; it is printed last, and never again"
    )
    create.add_argument("--user", required=True, help="e-mail address of whose rights it has")
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument("--scope", action="append", default=[], help="a right it has; may be repeated (default: all)")


def run(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sarnakh.accounts.models import User
    from sarnakh.accounts.services import AccountError, create_token

    user = User.objects.filter(email__iexact=options.user, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {options.user}.")
    try:
        text, _ = create_token(user, name=options.name, scopes=options.scope, at=timezone.now())
    except AccountError as error:
        raise CommandError(f"The token was not created: {error}.") from error
    say(f"A token of {user.email}, shown this once:")
    say(text)
    return 0
