"""A program for the tests that kill: `slow_worker.py ask COUNT SECONDS | work LEASE | left`, over the base of its env.

Its job notes each beginning and end in the file `notes` of the data folder, one line a call, on disk at once.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")
django.setup()

from sarnakh.jobs import services  # noqa: E402
from sarnakh.jobs.models import Job  # noqa: E402
from sarnakh.jobs.registry import job  # noqa: E402
from sarnakh.jobs.worker import Worker  # noqa: E402
from sarnakh.project.supervisor import stop_on_signals  # noqa: E402


@job("slow.note")
def note(number: int, seconds: float, *, at: datetime) -> None:
    _write(f"begin {number} {os.getpid()}")
    time.sleep(seconds)
    _write(f"end {number} {os.getpid()}")


def _write(line: str) -> None:
    descriptor = os.open(Path(os.environ["SARNAKH_DATA_DIR"]) / "notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def main(what: str, *rest: str) -> None:
    if what == "ask":
        services.enqueue_many(note, [[number, float(rest[1])] for number in range(int(rest[0]))])
    elif what == "work":
        worker = Worker(lease=timedelta(seconds=float(rest[0])))
        worker.stop = stop_on_signals()
        worker.run()
    elif what == "left":
        print(Job.objects.count())


main(*sys.argv[1:])
