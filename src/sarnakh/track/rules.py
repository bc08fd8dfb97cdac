"""Decisions of `track` as pure functions."""
