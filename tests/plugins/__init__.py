"""Fixtures for every test, loaded by the conftest at the root."""
