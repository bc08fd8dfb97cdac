"""What import-linter cannot see. Each check asserts that it found something to check."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignObject

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sarnakh"


def levels() -> dict[str, int]:
    """Package -> height: 0 is the lowest layer. Out of the import contract, so that the two never disagree."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    rising = reversed(contract["layers"])
    return {package.strip(): height for height, row in enumerate(rising) for package in row.split("|")}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SOURCE), ast.parse(path.read_text())


def test_foreign_keys_point_to_the_same_package_or_to_a_lower_layer() -> None:
    height = levels()
    seen = 0
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("sarnakh."):
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignObject):
                continue
            here, there = (name.split(".")[1] for name in (f"{model.__module__}.", f"{_home(field)}."))
            seen += 1
            if here != there and height[there] >= height[here]:
                wrong.append(f"{model.__name__}.{field.name} -> {there}")
    assert seen > 30
    assert not wrong


def _home(field: "ForeignObject[object, object]") -> str:
    module = field.related_model.__module__
    return module if module.startswith("sarnakh.") else "sarnakh.kit"  # Django's own lie under everything


def test_every_package_stands_in_the_import_contract() -> None:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert len(packages) > 10
    assert packages <= set(levels())


def test_no_module_uses_model_signals_or_get_model_or_overrides_save() -> None:
    checked = 0
    wrong = []
    for path, tree in trees():
        checked += 1
        for node in ast.walk(tree):
            names = set()
            if isinstance(node, ast.ImportFrom):
                names = {node.module or "", *(alias.name for alias in node.names)}
            elif isinstance(node, ast.Attribute):
                names = {node.attr}
            elif isinstance(node, ast.FunctionDef):
                names = {f"def {node.name}"}
            bad = names & {"django.db.models.signals", "get_model", "def save", "django.dispatch"}
            wrong += [f"{path}:{node.lineno} {name}" for name in bad]
    assert checked > 50
    assert not wrong


def test_rules_read_no_clock_and_touch_no_file() -> None:
    checked = 0
    wrong = []
    for path, tree in trees():
        if path.name != "rules.py" and "rules" not in path.parts:
            continue
        checked += 1
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "monotonic", "read_text"}:
                wrong.append(f"{path}:{node.lineno} {node.attr}")
            if isinstance(node, ast.Name) and node.id == "open":
                wrong.append(f"{path}:{node.lineno} open")
    assert checked >= 10
    assert not wrong


def test_no_drawer_for_everything() -> None:
    names = [path.stem for path, _ in trees()]
    assert len(names) > 50
    assert not set(names) & {"utils", "util", "helpers", "common", "misc", "core", "signals"}
