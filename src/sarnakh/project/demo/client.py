"""How the demo speaks to its own installation: as a site, a program, a browser. Standard library only."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from html import unescape
from http.cookiejar import CookieJar
from typing import Any

READY_WITHIN = 60.0  # seconds
SETTLED_WITHIN = 30.0


class Refused(Exception):
    """The installation answered with an error; `status` and the whole answer."""

    def __init__(self, what: str, status: int, answer: str) -> None:
        super().__init__(f"{what}: {status} {answer[:500]}")
        self.status, self.answer = status, answer


class Client:
    """One installation at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def wait_until_ready(self, stop: Callable[[], bool]) -> bool:
        """Until /readyz says so; False when it does not, or when all this is over."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and not stop():
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310  our own address
                    if answer.status == 200:
                        return True
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        return False

    def api(self, method: str, path: str, token: str, body: Any = None) -> Any:
        """A call of /api/v1. Raises Refused."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._send(method, f"/api/v1{path}", data, headers) or "null")

    def batch(self, key: str, calls: list[dict[str, Any]]) -> None:
        """Calls of the tracking API, with the key of a site or of its server."""
        name = base64.b64encode(f"{key}:".encode()).decode()
        headers = {"Authorization": f"Basic {name}", "Content-Type": "application/json"}
        self._send("POST", "/v1/batch", json.dumps({"batch": calls}).encode(), headers)

    def form(self, slug: str, typed: Mapping[str, str]) -> None:
        """Open a public form, fill it in and send it, as a browser without scripts does."""
        browser = Browser(self.url)
        page = browser.open(f"/f/{slug}?lang=fa&embed=1")
        browser.open(f"/f/{slug}?lang=fa&embed=1", {**hidden_fields(page), **typed})

    def _send(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> str:
        request = urllib.request.Request(self.url + path, data=data, headers=dict(headers), method=method)  # noqa: S310  as above
        return _answer(urllib.request.build_opener(), request)


class Browser:
    """A person's browser: it keeps cookies and follows redirects."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, sent: Mapping[str, str] | None = None) -> str:
        """GET, or POST what is sent; the page. Raises Refused."""
        data = None if sent is None else urllib.parse.urlencode(sent).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Referer": self.url + path})  # noqa: S310  as above
        return _answer(self._opener, request)

    def sign_in(self, email: str, password: str) -> None:
        page = self.open("/sign-in")
        self.open("/sign-in", {**hidden_fields(page), "login": email, "password": password})


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser would send them back."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*type=\"hidden\"[^>]*>", page):
        name, value = (re.search(rf" {attribute}=\"([^\"]*)\"", tag) for attribute in ("name", "value"))
        if name:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def _answer(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> str:
    try:
        with opener.open(request, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        what = f"{request.get_method()} {request.selector}"
        raise Refused(what, error.code, error.read().decode("utf-8", "replace")) from error
