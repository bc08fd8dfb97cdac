"""Every text that people read is in Persian too, and what is committed is what runs."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

import sarnakh
from sarnakh.web.management.commands.makemessages import ERRORS

PACKAGE = Path(sarnakh.__file__).parent
CATALOGUE = PACKAGE / "locale" / "fa" / "LC_MESSAGES"
MARKS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext"}
CALL = re.compile(r"""\bn?p?gettext\((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|[\s,\w])*\)""")


def said_in(source: str) -> Iterator[str]:
    """Message ids of the marked calls in Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {*MARKS, *ERRORS}:
            words = node.args[2:] if node.func.id in ERRORS else node.args[node.func.id in WITH_CONTEXT :]
            if words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str):
                yield words[0].value


def texts() -> set[str]:
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        found.update(said_in(path.read_text()))
    for path in PACKAGE.rglob("*.html"):
        calls = CALL.findall(templatize(path.read_text()))
        for call in calls:
            found.update(said_in(call))
    return found


def entries() -> dict[str, str]:
    """{message id: Persian (its plural forms joined)} of the source catalogue."""
    found: dict[str, str] = {}
    for block in (CATALOGUE / "django.po").read_text().split("\n\n"):
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            match = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$', line)
            if match:
                key = match[1]
                parts[key] = ast.literal_eval(match[2])
            elif line.startswith('"') and key:
                parts[key] += ast.literal_eval(line)
        if parts.get("msgid"):
            forms = [text for name, text in parts.items() if name.startswith("msgstr")]
            found[parts["msgid"]] = "" if "" in forms else "\n".join(forms)
    return found


def test_every_text_is_in_persian():
    said, known = texts(), entries()
    assert len(said) > 100
    assert sorted(text for text in said if not known.get(text)) == []


def test_no_translation_is_a_guess():
    assert "#, fuzzy" not in (CATALOGUE / "django.po").read_text()


def test_the_compiled_catalogue_is_the_source_s():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, persian in entries().items():
        assert text in str(compiled._catalog) or compiled.gettext(text) == persian, text  # type: ignore[attr-defined]


def test_placeholders_survive_translation():
    for text, persian in entries().items():
        assert set(re.findall(r"%\(\w+\)[sd]", persian)) <= set(re.findall(r"%\(\w+\)[sd]", text)), text
