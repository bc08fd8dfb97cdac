"""Decisions of `distribute` as pure functions."""
