"""Decisions of `capture` as pure functions."""
