"""Decisions of `convert` as pure functions."""
