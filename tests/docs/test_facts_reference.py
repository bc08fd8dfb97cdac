"""The reference of facts names what the code records: every name, and the props it writes them with."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sarnakh
from sarnakh.leads.kinds import BUILT_IN

PACKAGE = Path(sarnakh.__file__).parent
TEXT = (PACKAGE.parents[1] / "docs" / "reference" / "facts.md").read_text()
ROWS = {
    name: (props, when) for name, props, when in re.findall(r"^\| `(\w+)` \| (.*?) ?\| (.*?) ?\|$", TEXT, re.MULTILINE)
}
UNRECORDED = "Nothing records it yet."
BUILDERS = {"Fact", "_fact"}  # a module's own `_fact(draft, name, origin, props)` makes one


@dataclass(frozen=True)
class Function:
    """A function that records a fact, and its module: where the names in it are looked up."""

    module: str
    tree: ast.Module
    body: ast.AST

    def assigned(self, name: str) -> Iterator[ast.expr]:
        """Every value that the function gives this variable."""
        for node in ast.walk(self.body):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
                for target in targets:
                    if isinstance(target, ast.Name) and target.id == name:
                        yield node.value
                    elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                        yield ast.Dict([target.slice], [node.value])

    def called(self, name: str) -> Iterator[Function]:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                yield Function(self.module, self.tree, node)

    def texts(self, node: ast.expr) -> set[str]:
        """The texts that an expression may be, as far as the source tells."""
        match node:
            case ast.Constant(value=str() as text):
                return {text}
            case ast.IfExp(body=one, orelse=other):
                return self.texts(one) | self.texts(other)
            case ast.Name(id=name):
                return {text for value in self.assigned(name) for text in self.texts(value)}
            case ast.Subscript(value=ast.Dict(values=values)):
                return {text for value in values for text in self.texts(value)}
            case ast.Subscript(value=table):
                known: Any = importlib.import_module(self.module)
                for part in ast.unparse(table).split("."):
                    known = getattr(known, part, {})
                return set(known.values()) if isinstance(known, dict) else set()
        return set()

    def keys(self, node: ast.expr | None) -> set[str]:
        """The keys that a dictionary may have, as far as the source tells."""
        match node:
            case ast.Dict(keys=keys, values=values):
                found = {key.value for key in keys if isinstance(key, ast.Constant)}
                return found | {k for key, v in zip(keys, values, strict=True) if key is None for k in self.keys(v)}
            case ast.IfExp(body=one, orelse=other):
                return self.keys(one) | self.keys(other)
            case ast.Name(id=name):
                return {key for value in self.assigned(name) for key in self.keys(value)}
            case ast.Call(func=ast.Name(id=name)):
                return {
                    key
                    for function in self.called(name)
                    for each in ast.walk(function.body)
                    if isinstance(each, ast.Return)
                    for key in function.keys(each.value)
                }
        return set()


@dataclass(frozen=True)
class Call:
    """A place that records a fact: the names it may have there, the props it may be written with."""

    names: frozenset[str]
    props: frozenset[str]


@cache
def calls() -> tuple[Call, ...]:
    """Every place in the package that says in its source what it records."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        module = ".".join(("sarnakh", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for body in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            function = Function(module, tree, body)
            for call in (node for node in ast.walk(body) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in BUILDERS and call.args:
                    is_fact = call.func.id == "Fact"
                    if not is_fact and len(call.args) < 4:
                        continue
                    named = {word.arg: word.value for word in call.keywords}
                    props = named.get("props") if is_fact else call.args[3]
                    names = function.texts(call.args[0 if is_fact else 1])
                    found.append(Call(frozenset(names), frozenset(function.keys(props))))
    return tuple(found)


def recorded() -> set[str]:
    return {name for call in calls() for name in call.names}


def documented(name: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", ROWS[name][0]))


def test_every_built_in_kind_and_every_recorded_fact_is_in_the_reference_and_no_other():
    found = recorded()
    assert len(found) > 20
    inner = found - set(BUILT_IN)
    assert set(ROWS) == set(BUILT_IN) | inner


def test_what_is_under_inner_facts_no_rule_can_name():
    section = TEXT.split("## Inner facts", 1)[1]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)).isdisjoint(BUILT_IN)


def test_the_props_of_a_fact_are_in_the_reference():
    for call in calls():
        assert call.props <= {prop for name in call.names for prop in documented(name)} or not call.names, call


def test_no_prop_in_the_reference_is_made_up():
    words = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for name in ROWS:
        assert documented(name) <= words, name


def test_what_nothing_records_is_said():
    for name, (_props, when) in ROWS.items():
        if when == UNRECORDED:
            assert name not in recorded(), name
