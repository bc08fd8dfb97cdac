"""What is committed under static/ holds all that the templates name."""

import re
from pathlib import Path

import pytest

import sarnakh.web

WEB = Path(sarnakh.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PYTHON = sorted((WEB / "pages").glob("*.py")) + sorted((WEB / "templatetags").glob("*.py")) + [WEB / "context.py"]
# Classes that only scripts or tests look for, and those of the hand-written sheet of the public pages.
WITHOUT_RULES = {"dark"}


def test_the_sheet_has_a_rule_for_every_class_of_the_templates() -> None:
    app, public = (WEB / "static/css" / name for name in ("app.css", "public.css"))
    shop = WEB / "static/demo/shop.css"
    sheet = app.read_text().replace("\\", "")
    missing = {}
    for path in TEMPLATES:
        text = path.read_text()
        own = public.read_text() if "public.css" in text or "/public/" in str(path) else sheet
        own = shop.read_text() if "/demo_site/" in str(path) else own
        named = {name for names in re.findall(r'(?<!:)class="([^"]*)"', text) for name in _classes(names)}
        absent = {name for name in named if f".{name}" not in own} - WITHOUT_RULES
        if absent:
            missing[path.name] = sorted(absent)
    assert not missing, f"run `make css`: {missing}"


def _classes(names: str) -> list[str]:
    static = re.sub(r"{{.*?}}|{%.*?%}", " ", names)
    return [name for name in static.split() if not name.startswith(("#", "'")) and name.strip("'")]


def test_the_sprite_has_every_icon_that_is_named() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static/icons.svg").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    sayings = (WEB / "pages/timeline.py").read_text()
    named |= set(re.findall(r'Saying\(\s*"([^"]+)"', sayings))
    named |= set(re.findall(r'"\), "([a-z-]+)", "[a-z]+"', (WEB / "context.py").read_text()))
    assert len(named) > 40
    assert not named - sprite


def test_the_public_sheet_weighs_less_than_10_kilobytes() -> None:
    assert (WEB / "static/css/public.css").stat().st_size < 10_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_carries_a_script_or_a_sheet_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son[a-z]+=", text)


def test_logical_sides_only() -> None:
    physical = re.compile(r"(?<![\w:-])(?:ml|mr|pl|pr|left|right)-(?:\d|auto|\[)")
    assert not [path.name for path in TEMPLATES if physical.search(path.read_text())]
