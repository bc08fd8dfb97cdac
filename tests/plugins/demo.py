"""The real `sarnakh demo`: the app on 127.0.0.1, the shop on localhost, two months of leads in it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from machine import free_port
from machine.smtp import Server, smtp_server
from outside import Api
from plugins.processes import Base, Running, copied, kill_group

FILLED_WITHIN = 120.0  # seconds; it takes 10 on an idle machine
_LAST_WORDS = "Ctrl+C ends it"
_WHO = re.compile(r"^  (\w+) +(\S+@\S+) +(\S+)$", re.MULTILINE)


@dataclass
class Demo:
    """A demonstration that runs; `passwords` by e-mail, as it printed them; `api` is the admin's."""

    running: Running
    smtp: Server
    passwords: dict[str, str]
    api: Api

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def shop(self) -> str:
        return self.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def demo(initialised: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demonstration for all tests of a file; its mail goes to a real server."""
    with copied(initialised, tmp_path_factory.mktemp("demo") / "base") as base, smtp_server() as smtp:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        base.env |= {"SARNAKH_BASE_URL": url, "SARNAKH_SMTP_URL": smtp.url}
        process = base.start("demo", "--port", str(port))
        try:
            deadline = time.monotonic() + FILLED_WITHIN
            while _LAST_WORDS not in base.log():
                assert process.poll() is None, base.log()[-4000:]
                assert time.monotonic() < deadline, base.log()[-4000:]
                time.sleep(0.1)
            running = Running(base, url, process)
            people = _WHO.findall(base.log())
            [admin] = [email for role, email, _ in people if role == "admin"]
            token = running.run("token", "create", "--user", admin, "--name", "story")
            yield Demo(running, smtp, {email: password for _, email, password in people}, Api(url, token))
            running.stop()
        finally:
            kill_group(process)
