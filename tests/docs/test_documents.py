"""The documents hang together: reachable, linked rightly, in both languages, and what they say to type exists."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.urls import resolve

import sarnakh
from api.conftest import caller_for
from factories import make_organisation, make_user
from sarnakh.accounts.rules import Right
from sarnakh.capture.rules import Known, checked
from sarnakh.project import seeds
from sarnakh.project.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in TOP)])
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def links(page: Path) -> Iterator[tuple[bool, Path, str]]:
    """(is a picture, file, anchor) of every link to a file of ours."""
    for mark, target in LINK.findall(prose(page)):
        if "://" not in target and not target.startswith("mailto:"):
            path, _sep, anchor = unquote(target).partition("#")
            yield bool(mark), (page.parent / path).resolve() if path else page, anchor


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_page_is_reached_from_the_index_or_the_readme():
    found, waiting = set(), [DOCS / "index.md", ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in found and page.suffix == ".md":
            found.add(page)
            waiting += [target for is_picture, target, _ in links(page) if not is_picture and target.is_file()]
    assert len(PAGES) > 25
    assert set(PAGES) - found == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for is_picture, target, anchor in links(page):
        if is_picture:
            # Pictures are taken of a finished version, so there is a time before there are any.
            assert target.suffix == ".png"
            assert target.parent == DOCS / "pictures"
            assert target.exists() or not any(DOCS.glob("pictures/*.png")), target
        else:
            assert target.exists(), target
            assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_the_persian_and_the_english_page_name_each_other():
    persian = [page for page in PAGES if page.name.endswith(".fa.md")]
    assert len(persian) > 2
    for page in persian:
        english = page.with_name(page.name.replace(".fa.md", ".md"))
        assert english in [target for _, target, _ in links(page)], page
        assert page in [target for _, target, _ in links(english)], english


def test_every_address_of_the_api_that_is_named_exists():
    found = 0
    for page in PAGES:
        for path in re.findall(r"(?:/api/v1|\$API)((?:/[\w{}.-]+)+)", page.read_text()):
            concrete = re.sub(r"\{\w+\}", "1", path.rstrip("."))
            found += 1
            assert resolve(f"/api/v1{concrete}").url_name != "nowhere", f"{page}: {path}"
    assert found > 20


def test_every_command_and_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for block in blocks(page, "sh"):
            for word in re.findall(r"(?:^|bin/)sarnakh ([a-z]+)", block, re.MULTILINE):
                assert word in COMMANDS, f"{page}: sarnakh {word}"
            for word in re.findall(r"^make ([a-z-]+)", block, re.MULTILINE):
                assert word in targets, f"{page}: make {word}"


def test_every_scope_that_is_named_exists():
    scopes = [scope for page in PAGES for scope in re.findall(r"--scope ([a-z_]+)", page.read_text())]
    assert scopes
    assert set(scopes) <= {right.value for right in Right}


def bodies(page: Path) -> Iterator[tuple[str, Any]]:
    """(address, body) of every call of curl that sends JSON."""
    for block in blocks(page, "sh"):
        for call in re.split(r"^(?=curl)", block.replace("\\\n", " "), flags=re.MULTILINE):
            if call.startswith("curl") and " -d " in call:
                words = shlex.split(call)
                [address] = [word for word in words if word.startswith(("http", "$API"))]
                yield address, json.loads(words[words.index("-d") + 1])


def test_the_lead_in_the_how_to_is_taken_as_it_stands():
    [(address, body)] = bodies(DOCS / "how-to" / "send-leads-from-your-system.md")
    assert address.endswith("/api/v1/leads")
    read = checked(body, known=Known(), now=NOW)
    assert {kind for kind, *_ in read.keys} == {"mobile", "email"}


def test_the_bodies_of_the_how_tos_are_json():
    for name in ("people-and-teams.md", "people-and-teams.fa.md"):
        assert len(list(bodies(DOCS / "how-to" / name))) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["connect-your-site.md", "connect-your-site.fa.md"])
def test_the_form_in_the_how_to_is_made_and_shown(client, name):
    make_organisation()
    for seed in seeds.SEEDS:
        seed(NOW)
    marketer = caller_for(make_user(role="marketer"))
    [(address, body)] = bodies(DOCS / "how-to" / name)
    made = marketer.post(address.partition("/api/v1")[2], body)
    assert made.status_code == 201, made.content
    assert body["title"]["en"] in client.get(f"/f/{body['slug']}?lang=en").content.decode()


def test_the_map_in_the_readme_names_every_package_and_no_other():
    text = (ROOT / "README.md").read_text().split("src/sarnakh/\n", 1)[1].split("```", 1)[0]
    packages = {path.parent.name for path in Path(sarnakh.__file__).parent.glob("*/__init__.py")}
    assert set(re.findall(r"(\w+)/", text)) == packages
    assert text.count("\n") <= 15


def test_a_decision_is_one_page_with_its_alternatives():
    pages = sorted((DOCS / "decisions").glob("*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text()
        assert text.startswith(f"# {number}. "), page
        assert "**Alternatives.**" in text, page
        assert len(text.split()) < 400, page
