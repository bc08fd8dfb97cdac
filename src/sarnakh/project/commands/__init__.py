"""The commands of `sarnakh`, one module each: HELP, add_arguments(parser), run(options) -> exit code.

`cli` lists them. A module imports Django's models only inside `run`, so that `--help` and a wrong setting are quick.
"""

import sys


class CommandError(Exception):
    """The command cannot be done; the text says why, in one clear sentence."""


def say(line: str = "") -> None:
    """A line for whoever typed the command, at once (a pipe would hold it back)."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
