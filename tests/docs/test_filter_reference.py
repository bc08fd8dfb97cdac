"""The reference of the Filter says what the code says."""

import json
import re
from pathlib import Path

from sarnakh.leads.filter.language import BUILT_IN, OPS, Vocabulary
from sarnakh.leads.filter.reading import DEEPEST, DEEPEST_EXPANDED, MOST_EXPANDED, MOST_LEAVES, parse

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "filter.md").read_text()


def rows(title: str) -> list[list[str]]:
    section = TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line][2:]


def test_every_field_is_in_the_reference_with_its_type_and_choices() -> None:
    documented = {row[0].strip("`"): row for row in rows("Fields")}
    assert documented.pop("custom.<slug>")
    assert {name: row[1] for name, row in documented.items()} == {field.name: field.type for field in BUILT_IN}
    for field in BUILT_IN:
        if field.choices:
            assert tuple(re.findall(r"`(\w+)`", documented[field.name][2])) == field.choices


def test_every_op_is_in_the_reference() -> None:
    documented = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows("Ops")}
    assert documented == {type_: set(ops) for type_, ops in OPS.items()}


def test_the_limits_are_in_the_reference() -> None:
    assert f"At most {DEEPEST} deep and {MOST_LEAVES} leaves" in TEXT
    assert f"{DEEPEST_EXPANDED} deep and {MOST_EXPANDED:,} leaves" in TEXT


def test_the_example_reads() -> None:
    example = TEXT.split("```json\n", 1)[1].split("```", 1)[0]
    assert parse(json.loads(example), Vocabulary(events={"page_viewed": 1}))
