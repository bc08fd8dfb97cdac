"""Which function a task name calls. A stage's `tasks.py` registers with `@job`; `project.tasks` imports them all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Run = TypeVar("Run", bound=Callable[..., object])
DEFAULT_QUEUE = "default"  # short: well under a second
LONG_QUEUE = "long"  # slices of bulk work: does not hold up the short ones
QUEUES = (DEFAULT_QUEUE, LONG_QUEUE)


@dataclass(frozen=True)
class Definition:
    """A task: its name in the table, its function, and how it is tried."""

    name: str
    run: Callable[..., object]
    queue: str
    max_attempts: int


_definitions: dict[str, Definition] = {}


def job(name: str, *, queue: str = DEFAULT_QUEUE, max_attempts: int = 8) -> Callable[[Run], Run]:
    """Register a function as the task `name`. It takes what was enqueued, and the keyword `at`: now.

    It may run more than once, and beside itself: ids in, present state read, effects under a key or by compare-and-set.
    """

    def register(run: Run) -> Run:
        if "at" not in inspect.signature(run).parameters:
            raise TypeError(f"The job {name} must take the keyword `at`, the moment it runs.")
        known = _definitions.get(name)
        if known is not None and known.run.__qualname__ != run.__qualname__:
            raise ValueError(f"The job name {name} is taken by {known.run.__qualname__}.")
        if queue not in QUEUES:
            raise ValueError(f"The job {name} names the queue {queue}, which no worker serves: {', '.join(QUEUES)}.")
        _definitions[name] = Definition(name, run, queue, max_attempts)
        return run

    return register


def find(name: str) -> Definition | None:
    return _definitions.get(name)


def names() -> frozenset[str]:
    return frozenset(_definitions)


def get(task: str | Callable[..., Any]) -> Definition:
    """The definition of a task name or of a function decorated with @job. Raises LookupError."""
    for known in _definitions.values():
        if task in (known.name, known.run):
            return known
    raise LookupError(f"{task!r} is no registered job: decorate it with @job and import it in project.tasks.")
