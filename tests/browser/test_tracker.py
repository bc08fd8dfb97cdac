"""/t.js on a page of another site, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from factories import AT
from sarnakh.leads.models import Source
from sarnakh.track.models import InboxEvent

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

SITE = """<!doctype html><html lang="fa"><title>فروشگاه</title>
<script>window.sarnakh = {{q: [["track", "Early", {{plan: "pro"}}]]}};</script>
<script async src="{ours}/t.js" data-key="wk"></script>
<div data-sarnakh-form="demo" title="درخواست"></div></html>"""


class Site:
    """A shop that is not ours; it also stands in for nothing: every path is the same page."""

    def __init__(self, page: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def ours(live_server: Any) -> str:
    Source.objects.create(name="shop", write_key="wk", created_at=AT)
    return str(live_server.url).replace("localhost", "127.0.0.1")


@pytest.fixture
def site(ours: str) -> Iterator[Site]:
    site = Site(SITE.format(ours=ours))
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def calls(kind: str) -> list[dict[str, Any]]:
    return [row.body for row in InboxEvent.objects.order_by("id") if row.body["type"] == kind]


def test_a_tagged_visit_is_told_once_a_page_and_address_changes_too(
    site: Site, page: Page, eventually: Callable[..., None]
) -> None:
    page.goto(f"{site.url}/price?utm_source=telegram&utm_medium=social&utm_campaign=yalda")
    eventually(lambda: calls("page") and calls("track"))
    first = calls("page")[0]
    assert first["context"]["campaign"] == {"source": "telegram", "medium": "social", "name": "yalda"}
    assert first["properties"]["path"] == "/price"
    assert first["properties"]["title"] == "فروشگاه"
    assert calls("track")[0]["event"] == "Early"
    page.evaluate("history.pushState({}, '', '/plans')")
    eventually(lambda: len(calls("page")) == 2)
    second = calls("page")[1]
    assert second["properties"]["path"] == "/plans"
    assert second["properties"]["referrer"].endswith("utm_campaign=yalda")
    assert second["anonymousId"] == first["anonymousId"] == page.evaluate("sarnakh.id()")
    assert not InboxEvent.objects.exclude(error="").exists()


def test_the_same_browser_is_the_same_visitor_on_its_next_visit(
    site: Site, page: Page, eventually: Callable[..., None]
) -> None:
    page.goto(site.url)
    eventually(lambda: len(calls("page")) == 1)
    page.goto(f"{site.url}/two")
    eventually(lambda: len(calls("page")) == 2)
    assert len({call["anonymousId"] for call in calls("page")}) == 1
    cookie = next(each for each in page.context.cookies() if each["name"] == "sarnakh_aid")
    assert cookie["value"] == calls("page")[0]["anonymousId"]


def test_a_form_is_put_in_its_place_with_who_is_here_behind_the_hash(
    site: Site, ours: str, page: Page, eventually: Callable[..., None]
) -> None:
    page.goto(f"{site.url}/?utm_source=google&utm_medium=cpc&utm_campaign=bahar")
    frame = page.locator("iframe")
    frame.wait_for(state="attached")
    src = urlsplit(str(frame.get_attribute("src")))
    assert (f"{src.scheme}://{src.netloc}", src.path, src.query) == (ours, "/f/demo", "embed=1")
    handed = {name: values[0] for name, values in parse_qs(src.fragment).items()}
    assert handed["aid"] == page.evaluate("sarnakh.id()")
    assert (handed["utm_source"], handed["utm_campaign"]) == ("google", "bahar")
    assert handed["page"].startswith(site.url)


def test_only_the_frame_of_our_own_origin_can_change_its_height(
    site: Site, ours: str, page: Page, eventually: Callable[..., None]
) -> None:
    page.goto(site.url)
    page.locator("iframe").wait_for(state="attached")
    page.evaluate("window.postMessage({sarnakh: 'height', height: 900}, '*')")
    page.evaluate(
        """ours => {
          const inside = document.querySelector("iframe").contentWindow;
          const say = (origin, source, height) =>
            window.dispatchEvent(new MessageEvent("message", {origin, source, data: {sarnakh: "height", height}}));
          say(ours, window, 800);
          say("https://evil.example", inside, 700);
          say(ours, inside, 612.4);
          say(ours, inside, 1e9);
        }""",
        ours,
    )
    eventually(lambda: page.locator("iframe").evaluate("frame => frame.style.height") == "613px")
