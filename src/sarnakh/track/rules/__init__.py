"""Decisions of `track` as pure functions; one module a family.

`calls`: is this a tracking call we can keep, and what did it say; `moments`: when it happened; `props`: what of it may
stand in the log (never personal data); `arrivals`: where a visitor came from and when that is a new touch.
"""
