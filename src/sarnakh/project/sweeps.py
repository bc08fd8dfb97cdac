"""The queues that are columns of other tables: what the worker looks at whenever it is idle, in this order."""

from sarnakh.jobs.ports import Sweep
from sarnakh.jobs.services import fire_schedules
from sarnakh.lifecycle import intake, steps, tracking
from sarnakh.nurture.tasks import note_sent
from sarnakh.outbox.sending import send_due

SWEEPS: tuple[Sweep, ...] = (
    Sweep("schedules", fire_schedules),
    Sweep("captures", intake.sweep),
    Sweep("tracking", tracking.sweep),
    Sweep("advance", steps.sweep),
    Sweep("mail", send_due, loop="mail"),
    Sweep("mail sent", note_sent),
)
