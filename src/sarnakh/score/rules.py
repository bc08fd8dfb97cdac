"""Decisions of `score` as pure functions."""
