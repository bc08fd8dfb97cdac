import pytest
from playwright.sync_api import Error, Page

from plugins.processes import Running

pytestmark = pytest.mark.browser


def test_the_browser_reaches_this_machine_and_no_other(page: Page, kept_running: Running) -> None:
    page.goto(f"{kept_running.url}/healthz")
    assert page.inner_text("body").strip() == "ok"
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
