"""`serve`: starts the processes of an installation, starts again what died, ends all together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

FIRST_WAIT = 0.2  # seconds before what died is started again; doubles while it keeps dying
LONGEST_WAIT = 10.0
STEADY_AFTER = 30.0  # seconds alive after which a death counts as the first one
GRACE = 15.0


@dataclass
class Child:
    """A `sarnakh` command kept running."""

    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait: float = FIRST_WAIT
    begin_at: float = field(default=0.0)

    def start(self, *, now: float) -> None:
        # The child ends when its standard input does, so none outlives a supervisor that was killed.
        command = [sys.executable, "-m", "sarnakh.project.cli", *self.arguments, "--supervised"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  # our own words only
        self.began = now

    def look_after(self, *, now: float) -> None:
        """Start it when it is time, and see whether it died."""
        if self.process is None:
            if now >= self.begin_at:
                self.start(now=now)
        elif (code := self.process.poll()) is not None:
            self.wait = FIRST_WAIT if now - self.began > STEADY_AFTER else min(LONGEST_WAIT, self.wait * 2)
            logger.error("%s ended with %d; starting it again in %.1f s", self.arguments[0], code, self.wait)
            self.process, self.begin_at = None, now + self.wait


def supervise(commands: Sequence[Sequence[str]]) -> int:
    """Keep these running until SIGTERM or SIGINT; then end them, and answer 0 if all ended in time."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(arguments) for arguments in commands]
    while not stop.is_set():
        for child in children:
            child.look_after(now=time.monotonic())
        stop.wait(0.1)
    return _end(children)


def end_with_parent(stop: threading.Event) -> None:
    """In a supervised process: set `stop` when the supervisor is gone."""

    def watch() -> None:
        while os.read(0, 1):  # not sys.stdin: its lock, held here, would be missed at interpreter shutdown
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _end(children: Sequence[Child]) -> int:
    alive = [child.process for child in children if child.process is not None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + GRACE
    late = 0
    for process in alive:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            late += 1
    return 1 if late else 0
