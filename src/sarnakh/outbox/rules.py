"""Decisions of `outbox` as pure functions."""
