"""The reference of the API says what there is, word for word."""

from pathlib import Path

from sarnakh.api.app import api
from sarnakh.api.reference import markdown

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
AGAIN = "DJANGO_SETTINGS_MODULE=sarnakh.project.settings python -m sarnakh.api.reference docs/reference/api.md"


def test_the_reference_is_what_the_description_says() -> None:
    written = markdown(api.get_openapi_schema(path_prefix="/api/v1/"))
    assert written.count("\n### ") > 60
    assert REFERENCE.read_text() == written, f"Write it again: {AGAIN}"
