"""`sarnakh worker`: one worker process. Several may run, on several hosts."""

from __future__ import annotations

import argparse

HELP = "Run one worker: jobs, schedules and sweeps (serve does this for you)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sarnakh.jobs.services import declare_schedules
    from sarnakh.jobs.worker import Worker
    from sarnakh.project.schedules import SCHEDULES
    from sarnakh.project.supervisor import end_with_parent, stop_on_signals
    from sarnakh.project.sweeps import SWEEPS

    worker = Worker(sweeps=SWEEPS)
    worker.stop = stop_on_signals()
    if options.supervised:
        end_with_parent(worker.stop)
    declare_schedules(SCHEDULES, at=timezone.now())
    worker.run()
    return 0
