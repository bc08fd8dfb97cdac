"""What the reference says there is, there is; and the other way round."""

import argparse
import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sarnakh.project import cli, config

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def settings_in_code() -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(config)))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"SARNAKH_[A-Z_]+", node.value)
    }


def test_every_setting_is_in_the_reference_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(SARNAKH_[A-Z_]+)` \|", (REFERENCE / "settings.md").read_text(), re.M))
    assert len(documented) > 8
    assert documented == settings_in_code()


def test_every_field_of_config_is_one_variable() -> None:
    assert {f"SARNAKH_{name.upper()}" for name in config.Config.__dataclass_fields__} == settings_in_code()


def test_only_config_reads_the_environment() -> None:
    source = Path(config.__file__).parents[1]
    allowed = {"config.py": None, "user.py": "SARNAKH_PASSWORD", "cli.py": "SARNAKH_BASE_URL"}
    found = 0
    for path in source.rglob("*.py"):
        for variable in re.findall(r"environ\S*\(\s*\"(SARNAKH_\w+)\"", path.read_text()):
            found += 1
            assert allowed.get(path.name) == variable, f"{path} reads {variable}"
    assert found >= 2


def commands(parser: argparse.ArgumentParser, name: str = "sarnakh") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The commands without commands below them, with their whole name."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for word, child in action.choices.items():
            yield from commands(child, f"{name} {word}")


def test_every_command_and_option_is_in_the_reference_and_no_other() -> None:
    documented = {
        line.split(" [")[0].split(" --")[0].split(" …")[0]: set(re.findall(r"--[a-z-]+", line))
        for line in re.findall(r"^\| `(sarnakh [^`]+)` \|", (REFERENCE / "cli.md").read_text(), re.M)
    }
    actual = {
        name: {
            option
            for action in parser._actions
            if action.help != argparse.SUPPRESS
            for option in action.option_strings
            if option.startswith("--") and option != "--help"
        }
        for name, parser in commands(cli.parser())
    }
    assert len(actual) > 6
    assert documented == actual
