"""The lead card in a real Chromium: by keyboard, on a phone, in both directions, without a finding of axe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone

import factories
from sarnakh.accounts.models import Organisation, User
from sarnakh.convert.models import Deal
from sarnakh.convert.services import seed_defaults as seed_pipeline
from sarnakh.distribute.services import hand_over
from sarnakh.engage.models import Activity
from sarnakh.leads.models import Lead
from sarnakh.qualify.services import seed_defaults as seed_reasons

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.fixture
def lead() -> Lead:
    Organisation.objects.create(id=1, name="نوین‌پخش", created_at=factories.AT)
    seed_reasons()
    seed_pipeline()
    at = timezone.now() - timedelta(days=3)
    made = factories.make_lead(name="مریم رضایی", mobile="09120001402", email="m@aftab.example", at=at)
    hand_over([made.id], factories.make_user("sara@x.example", name="سارا کریمی"), actor=None, at=at)
    return Lead.objects.get(id=made.id)


def open_card(page: Page, live_server, lead: Lead, *, language: str, theme: str = "light") -> None:
    user = User.objects.get(email="sara@x.example")
    User.objects.filter(id=user.id).update(language=language, theme=theme)
    client = Client()
    client.force_login(user)
    url = live_server.url.replace("localhost", "127.0.0.1")  # the only host this browser may reach
    page.context.add_cookies(
        [{"name": "sarnakh_session", "value": client.cookies["sarnakh_session"].value, "url": url}]
    )
    page.goto(f"{url}/leads/{lead.id}")
    page.wait_for_load_state("networkidle")


def said(page: Page) -> None:
    """Wait for the word about what was done, then take it away."""
    page.wait_for_selector(".toast-i")
    page.evaluate("document.querySelectorAll('.toast-i').forEach(toast => toast.remove())")


def test_a_call_is_logged_and_a_deal_won_without_touching_the_mouse(page: Page, live_server, lead: Lead) -> None:
    open_card(page, live_server, lead, language="fa")
    page.keyboard.press("c")
    page.keyboard.press("1")
    page.keyboard.type("شش انبار دارند")
    page.keyboard.press("Control+Enter")
    said(page)
    talk = Activity.objects.get()
    assert (talk.outcome, talk.text) == ("connected", "شش انبار دارند")
    page.keyboard.press("v")
    page.locator("details[open] input[name=amount]").fill("۶۲۰ میلیون")
    page.keyboard.press("Control+Enter")
    said(page)
    page.locator('form[action$="/won"] button').click()
    said(page)
    assert Deal.objects.get().status == "won"
    assert Lead.objects.get(id=lead.id).stage == "customer"


@pytest.mark.parametrize(("language", "theme"), [("fa", "light"), ("en", "dark")])
def test_axe_finds_nothing_wrong(page: Page, live_server, lead: Lead, language: str, theme: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_card(page, live_server, lead, language=language, theme=theme)
    found = Axe().run(page, options=WCAG).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_phone_has_three_parts_and_no_sideways_scrolling(page: Page, live_server, lead: Lead, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_card(page, live_server, lead, language=language)
    for part in ("act", "facts", "events"):
        page.locator(f"#tab-{part}").click()
        assert page.locator(f"#part-{part}").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
