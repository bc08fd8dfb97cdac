"""`sarnakh`: the command line. Each command is a module of `project.commands`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from sarnakh.project import config
from sarnakh.project.commands import CommandError

# In the order of `sarnakh --help`; "django" takes the rest of the line as it is.
COMMANDS = ("init", "serve", "web", "worker", "demo", "user", "token", "source", "export", "doctor", "bench", "django")


class Command(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, options: argparse.Namespace) -> int: ...


def command(name: str) -> Command:
    return cast(Command, import_module(f"sarnakh.project.commands.{name}"))


def parser() -> argparse.ArgumentParser:
    """The whole command line; `docs/reference/cli.md` is compared with it."""
    top = argparse.ArgumentParser(prog="sarnakh", description="Lead management: the commands of an installation.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = command(name)
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.HELP))
    return top


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code. 2: wrong arguments or a wrong setting, 1: it could not be done."""
    options = parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
    for name, value in getattr(command(options.command), "DEFAULTS", {}).items():
        os.environ.setdefault(name, value)  # our child processes then know it too
    _tell_base_url(options)
    try:
        config.database(config.read())
        _start_django()
        return command(options.command).run(options)
    except config.ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _tell_base_url(options: argparse.Namespace) -> None:
    """Who names no SARNAKH_BASE_URL reaches us where we listen; our child processes then know it too."""
    if port := getattr(options, "port", None):
        host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host  # noqa: S104  # compared, not bound
        os.environ.setdefault("SARNAKH_BASE_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}")


def _start_django() -> None:
    import django

    django.setup()
    from sarnakh.project import tasks

    tasks.load()


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
