"""How the world speaks to an installation over HTTP: a program with a key, a person whose browser runs no scripts."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from sarnakh.project.demo.client import hidden_fields


@dataclass(frozen=True)
class Answer:
    """`body` is JSON where it was said to be, else text."""

    status: int
    headers: Mapping[str, str]
    body: Any


def ask(
    url: str, method: str = "GET", body: bytes | str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on a connection of its own; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, data, headers or {})
        got = connection.getresponse()
        said = {name.lower(): value for name, value in got.getheaders()}
        text = got.read().decode()
    finally:
        connection.close()
    return Answer(got.status, said, json.loads(text) if text and "json" in said.get("content-type", "") else text)


@dataclass(frozen=True)
class Api:
    """/api/v1 with one person's key. What is not refused is asserted to be done."""

    url: str
    token: str
    language: str = "en"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`body`: bytes as they are, anything else as JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Accept-Language": self.language,
            **({"Content-Type": "application/json"} if data is not None else {}),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return ask(f"{self.url}/api/v1{path}", method, data, sent)

    def get(self, path: str, **query: Any) -> Any:
        return self._done("GET", f"{path}?{urlencode(query)}" if query else path)

    def items(self, path: str, **query: Any) -> list[Any]:
        """What a list holds, at most one page of it."""
        return list(self.get(path, limit=200, **query)["items"])

    def post(self, path: str, body: Any = None) -> Any:
        return self._done("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._done("PATCH", path, body)

    def speaking(self, language: str) -> Api:
        return replace(self, language=language)

    def _done(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body}"
        return answer.body


def send_form(url: str, **typed: str) -> Answer:
    """Open the public form at this address, fill it in, send it."""
    page = ask(url)
    assert page.status == 200, page
    words = urlencode({**hidden_fields(page.body), **typed})
    return ask(url, "POST", words, {"Content-Type": "application/x-www-form-urlencoded"})
