"""Decisions of `engage` as pure functions."""
