"""A form on a page of another origin, in a real browser: put there by /t.js, sent, thanked for, tied to the device."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from factories import AT, make_organisation
from sarnakh.capture.models import Capture, Form
from sarnakh.leads.models import Event, LeadSource, Source, VisitorLink
from sarnakh.project import seeds

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PAGE = """<!doctype html><html lang="fa" dir="rtl"><title>فروشگاه</title>
<script async src="{ours}/t.js" data-key="wk"></script>
<div data-sarnakh-form="{slug}" data-lang="fa" title="درخواست"></div></html>"""


@pytest.fixture
def ours(live_server: Any) -> str:
    make_organisation()
    for seed in seeds.SEEDS:
        seed(AT)
    Source.objects.create(name="shop", write_key="wk", created_at=AT)
    return str(live_server.url).replace("localhost", "127.0.0.1")


@pytest.fixture
def site(ours: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            slug = "closed" if self.path.startswith("/closed") else "estimate"
            self.wfile.write(PAGE.format(ours=ours, slug=slug).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    fields = [
        {"key": "name", "type": "text", "required": True, "label": {"fa": "نام"}},
        {"key": "phone", "type": "tel", "required": True, "label": {"fa": "موبایل"}},
    ]
    shared = {"fields": fields, "consent_text": {"fa": "می‌پذیرم."}, "created_at": AT}
    Form.objects.create(slug="estimate", name="برآورد", allowed_sites=[url], **shared)
    Form.objects.create(slug="closed", name="بسته", **shared)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_filled_in_where_it_stands_and_knows_the_device(
    site: str, page: Page, eventually: Callable[..., None]
) -> None:
    page.goto(f"{site}/contact?utm_source=google&utm_medium=cpc&utm_campaign=bahar")
    frame = page.frame_locator("iframe")
    frame.locator("[name=phone]").fill("۰۹۱۲ ۰۰۰")
    eventually(lambda: Event.objects.filter(name="form_viewed").exists())
    frame.locator("button.go").click()
    frame.locator("[aria-invalid]").first.wait_for()
    assert frame.locator(":focus").get_attribute("name") == "name"
    assert frame.locator("[name=phone]").input_value() == "۰۹۱۲ ۰۰۰"
    height = page.locator("iframe").evaluate("frame => frame.style.height")
    assert height.endswith("px")
    frame.locator("[name=name]").fill("سارا")
    frame.locator("[name=phone]").fill("۰۹۱۲ ۰۰۰ ۱۴۰۲")
    frame.locator("[name=consent]").check()
    frame.locator("button.go").dblclick()
    frame.locator(".done").wait_for()
    capture = Capture.objects.get()
    assert capture.state == "created"
    assert capture.request["visitor"] == page.evaluate("sarnakh.id()")
    assert capture.request["page"].startswith(f"{site}/contact")
    assert VisitorLink.objects.get().visitor.key == capture.request["visitor"]
    assert LeadSource.objects.get().campaign == "bahar"
    eventually(lambda: page.locator("iframe").evaluate("frame => frame.style.height") != height)
    assert {each["name"] for each in page.context.cookies()} == {"sarnakh_aid", "sarnakh_first"}  # the site's own


def test_a_site_that_is_not_named_gets_no_form(site: str, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{site}/closed")
    page.locator("iframe").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").locator("form").count() == 0
    assert any("frame-ancestors" in text for text in refused)
