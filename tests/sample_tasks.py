"""Jobs for the tests: they note what happened in `ran`."""

from datetime import datetime

from django_tasks import task

from sarnakh.jobs.ports import Permanent, Retryable
from sarnakh.jobs.registry import job

ran: list[object] = []


@job("sample.note")
def note(value: object, *, at: datetime) -> None:
    ran.append(value)


@job("sample.fail", max_attempts=3)
def fail(how: str, *, at: datetime) -> None:
    ran.append(how)
    raise {"permanent": Permanent("no such address"), "later": Retryable("busy", after=90), "bug": ValueError("oops")}[
        how
    ]


@task()
def through_django_tasks(value: int) -> None:
    ran.append(value)
