"""Reads of `capture`."""

from __future__ import annotations

from sarnakh.capture.models import Form


def open_form(slug: str) -> Form | None:
    """The form of that name, if it takes answers."""
    return Form.objects.filter(slug=slug, is_active=True).first()
