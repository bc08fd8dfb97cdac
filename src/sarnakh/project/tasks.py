"""Every module that registers jobs, imported in one place: a job that is not here is unknown to the worker.

`load` is called by each process before it enqueues or runs anything.
"""

from importlib import import_module

MODULES: tuple[str, ...] = ("sarnakh.leads.tasks", "sarnakh.score.tasks")


def load() -> None:
    for name in MODULES:
        import_module(name)
