"""Decisions of `leads` as pure functions."""
