"""Decisions of `qualify` as pure functions."""
