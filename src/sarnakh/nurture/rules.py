"""Decisions of `nurture` as pure functions."""
