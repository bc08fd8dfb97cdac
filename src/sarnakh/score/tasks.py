"""Jobs of score."""

from __future__ import annotations

from datetime import datetime

from sarnakh.jobs.registry import LONG_QUEUE, job
from sarnakh.jobs.services import enqueue
from sarnakh.score.services import build_slice, forget_slice
from sarnakh.score.services.building import REBUILD

SLICES = 10


@job(REBUILD, queue=LONG_QUEUE)
def rebuild(version: int, *, at: datetime) -> None:
    """Some slices of a version's build, then the next job."""
    for _ in range(SLICES):
        if not build_slice(version, at=at):
            return
    enqueue(REBUILD, version=version, key=f"{REBUILD}:{version}")


@job("score.forget", queue=LONG_QUEUE)
def forget(version: int, *, at: datetime) -> None:
    """Drop the scores of a version that was cancelled, some slices a job."""
    for _ in range(SLICES):
        if not forget_slice(version):
            return
    enqueue("score.forget", version=version)
