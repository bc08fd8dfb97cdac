"""Decisions of `learn` as pure functions."""
