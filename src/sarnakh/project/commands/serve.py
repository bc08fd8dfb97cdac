"""`sarnakh serve`: the whole installation in one command: a web process and a worker, looked after."""

from __future__ import annotations

import argparse
import socket

from sarnakh.project.commands import CommandError, say

HELP = "Run everything: a web process and a worker, restarted when they die; first brings the base up to date."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    from django.db import connections

    from sarnakh.project.commands import init
    from sarnakh.project.supervisor import supervise

    refuse_taken(options.host, options.port)
    init.upgrade()
    if link := setup_link():
        say("This base is empty. Open this link once to set it up:")
        say(f"  {link}")
    connections.close_all()
    say(f"Sarnakh listens on http://{options.host}:{options.port}")
    web = ["web", "--host", options.host, "--port", str(options.port)]
    return supervise([web, ["worker"]])


def setup_link() -> str | None:
    """The address that sets up an empty base, new each time; None once there is an organisation."""
    from django.conf import settings
    from django.utils import timezone

    from sarnakh.accounts.services import AlreadySetUp, make_setup_link

    try:
        return f"{settings.BASE_URL}/setup/{make_setup_link(at=timezone.now())}"
    except AlreadySetUp:
        return None


def refuse_taken(host: str, port: int) -> None:
    """The web process shares its port (SO_REUSEPORT), so a second installation would silently take half the calls."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from error
