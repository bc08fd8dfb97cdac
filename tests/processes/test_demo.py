"""`sarnakh demo`: filled through the real endpoints, kept, and never over somebody's own base."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from machine import free_port
from plugins.processes import Base, kill_group

pytestmark = pytest.mark.kill
EVERY_STAGE = {"lead", "mql", "sql", "customer", "disqualified", "deferred"}
NOT_OURS = """
from django.utils import timezone
from sarnakh.accounts.services import NewUser, Setup, set_up
set_up(Setup(name="Own", admin=NewUser(email="own@example.com")), at=timezone.now())
"""


def answered(url: str, token: str = "") -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read().decode()
    return json.loads(text) if token else text


def test_the_demo_is_filled_once_and_kept(base: Base, eventually: Callable[..., None]) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    first = base.start("demo", "--port", str(port))
    try:
        eventually(lambda: "Ctrl+C" in base.log() or first.poll() is not None, within=150)
        said = base.log()
        assert "Filling" in said
        assert len(set(re.findall(r"\S+@\S+ +([a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4})", said))) == 6
        admin = "admin@novinpakhsh.example.com"
        made = base.run("token", "create", "--user", admin, "--name", "test").stdout.strip().splitlines()
        leads = answered(f"{url}/api/v1/leads?limit=200", made[-1])["items"]
        assert len(leads) == 30
        stages = Counter(lead["stage"] for lead in leads)
        assert set(stages) == EVERY_STAGE, stages
        assert len({lead["owner"] for lead in leads}) == 3
        events = answered(f"{url}/api/v1/events?name=page_viewed&limit=200", made[-1])["items"]
        assert len(events) == 32
        shop = answered(f"{url.replace('127.0.0.1', 'localhost')}/demo-site/contact")
        assert f'src="{url}/t.js"' in shop
        assert list((base.data_dir / "mail").iterdir())
    finally:
        first.terminate()
        first.wait(20)
        kill_group(first)
    began = time.monotonic()
    again = base.start("demo", "--port", str(port))
    try:
        eventually(lambda: base.log().count("Ctrl+C") == 2 or again.poll() is not None)
        assert time.monotonic() - began < 30  # 3 s on an idle machine
        assert base.log().count("Filling") == 1
        assert len(answered(f"{url}/api/v1/leads?limit=200", made[-1])["items"]) == 30
    finally:
        again.terminate()
        again.wait(20)
        kill_group(again)
    assert "Traceback" not in base.log()


@pytest.mark.parametrize("arguments", [(), ("--fresh",)])
def test_a_base_of_somebodys_own_is_refused_and_left_alone(base: Base, arguments: tuple[str, ...]) -> None:
    base.run("django", "shell", "-c", NOT_OURS)
    done = base.run("demo", "--port", str(free_port()), *arguments, check=False)
    assert done.returncode == 1
    assert "is no demo" in done.stderr
    counted = base.run(
        "django", "shell", "-v0", "-c", "from sarnakh.accounts.models import User as U; print(U.objects.count())"
    )
    assert counted.stdout.strip().endswith("1")
