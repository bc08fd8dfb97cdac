"""The table of permissions is that of the code."""

import re
from pathlib import Path

from sarnakh.accounts.models import Role
from sarnakh.accounts.rules import RIGHTS, Right

PATH = Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md"
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PATH.read_text().splitlines()
    if line.startswith("|")
]


def test_every_right_of_every_role_is_in_the_reference():
    [head] = [line for line in LINES if line[0] == "right"]
    roles = head[2:]
    assert roles == [role.value for role in Role]
    told = {line[0].strip("`"): line for line in LINES if re.fullmatch(r"`\w+`", line[0])}
    assert set(told) == {right.value for right in Right}
    for right in Right:
        for role, cell in zip(roles, told[right][2:], strict=True):
            assert (cell == "yes") == (right in RIGHTS[role]), f"{role}: {right}"


def test_every_role_s_sight_is_in_the_reference():
    assert {role.value for role in Role} <= {line[0] for line in LINES if len(line) == 2}
