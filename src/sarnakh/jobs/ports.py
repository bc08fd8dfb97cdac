"""What a job may say when it cannot be done, and what is declared to the worker: schedules and sweeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


class Retryable(Exception):
    """Not now: try again, after `after` seconds when the other side said so, else by the usual back-off."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Permanent(Exception):
    """Never: trying again would fail the same way. The job is dead at once, kept and visible."""


@dataclass(frozen=True)
class Every:
    """A task that is enqueued every `seconds`; `name` is its key, so that it never piles up."""

    name: str
    task: str
    seconds: float


@dataclass(frozen=True)
class Sweep:
    """A queue that is a column of another table. `run(at)` handles one bite of what is due and says how many.

    It is called every 100 ms, and at once again while any sweep finds something; it must be safe to run in
    several workers at a time and leave nothing half done when killed. Sweeps of one `loop` take turns in one thread:
    what waits for others (a mail server that does not answer) has a loop of its own.
    """

    name: str
    run: Callable[[datetime], int]
    loop: str = "main"
