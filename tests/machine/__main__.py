"""`python -m machine with-postgres COMMAND…` and `with-chromium COMMAND…`: find or make it, then run the command.

Where the thing is not to be had, one line says so: with-postgres then runs nothing, with-chromium runs the command
without it. `SARNAKH_TEST_REQUIRE=postgres,browser` makes the absence an error.
"""

import os
import subprocess
import sys

from machine import REQUIRED, chromium, postgres


def main(arguments: list[str]) -> int:
    if len(arguments) < 2 or arguments[0] not in ("with-postgres", "with-chromium"):
        print(__doc__, file=sys.stderr)
        return 2
    what, *command = arguments
    return _with_postgres(command) if what == "with-postgres" else _with_chromium(command)


def _with_postgres(command: list[str]) -> int:
    with postgres.found() as url:
        if url is None:
            return _absent("postgres", "PostgreSQL is not on this machine: its tests were not run.")
        return _run(command, SARNAKH_TEST_POSTGRES_URL=url, SARNAKH_DATABASE_URL=url)


def _with_chromium(command: list[str]) -> int:
    path = chromium.found_or_installed()
    if path is None and (code := _absent("browser", "Chromium is not on this machine: its tests were not run.")):
        return code
    return _run(command, **({"SARNAKH_TEST_CHROMIUM": path} if path else {}))


def _absent(what: str, line: str) -> int:
    print(line, file=sys.stderr)
    return 1 if what in REQUIRED else 0


def _run(command: list[str], **env: str) -> int:
    return subprocess.run(command, env={**os.environ, **env}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
