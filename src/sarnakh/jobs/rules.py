"""Decisions of `jobs` as pure functions."""
