"""The queues that are columns of other tables: what the worker looks at whenever it is idle, in this order."""

from sarnakh.jobs.ports import Sweep
from sarnakh.jobs.services import fire_schedules

SWEEPS: tuple[Sweep, ...] = (Sweep("schedules", fire_schedules),)
