"""What runs again and again, and how often; the worker writes it to the schedule table when it starts."""

from sarnakh.jobs.ports import Every

SCHEDULES: tuple[Every, ...] = (Every("api answers", "api.forget_answers", 6 * 3600),)
