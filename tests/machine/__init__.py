"""What the tests need of the machine, found or installed: PostgreSQL, Chromium, a free port. No Django here."""

import os
import socket
import subprocess
import sys

REQUIRED = frozenset(name for name in os.environ.get("SARNAKH_TEST_REQUIRE", "").split(",") if name)


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we are root; False where that is not possible."""
    if os.geteuid() != 0 or not os.path.exists("/usr/bin/apt-get"):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": sys.stderr, "env": env}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        if subprocess.run(["/usr/bin/apt-get", *command], check=False, **quiet).returncode != 0:
            return False
    return True


def free_port() -> int:
    """A TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
