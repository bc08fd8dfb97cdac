"""The web process: one RSGI application for granian.

Static files and probes are answered here; everything else goes through Django's WSGI handler in threads, each with a
database connection that it keeps. (Django's async views are 10-30 times slower.)
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sarnakh.project.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import get_resolver
from django.utils import timezone

from sarnakh.lifecycle.intake import start_leader
from sarnakh.project import health, static, tasks

THREADS = 8
Headers = list[tuple[str, str]]


class Stream(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class Exchange(Protocol):
    """granian's side of one request."""

    async def __call__(self) -> bytes: ...
    def __aiter__(self) -> Any: ...  # asynchronous iterator of bytes
    def response_empty(self, status: int, headers: Headers) -> None: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_stream(self, status: int, headers: Headers) -> Stream: ...


class Scope(Protocol):
    """What granian says of a request."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: Any  # granian's multi-dictionary: get, items


class TooLarge(Exception):
    """The body is larger than what is taken in."""


class Application:
    """Called by granian for each request."""

    def __init__(self) -> None:
        self._django = get_wsgi_application()
        tasks.load()
        get_resolver().url_patterns  # noqa: B018  # imports every page now, not in the first visitor's time
        start_leader()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")
        self._answered: Counter[str] = Counter()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        if scope.proto != "http":
            return
        path = scope.path
        if path.startswith(settings.STATIC_URL) and scope.method in ("GET", "HEAD"):
            self._send_static(scope, exchange)
        elif path == "/healthz":
            self._send(scope, exchange, 200, _text("ok\n"))
        elif path in ("/readyz", "/metrics"):
            probe = self._readiness if path == "/readyz" else self._metrics
            self._send(scope, exchange, *await self._in_thread(probe, scope))
        else:
            await self._send_django(scope, exchange)

    async def _in_thread(self, function: Callable[..., Any], *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def _send(self, scope: Scope, exchange: Exchange, status: int, answer: tuple[Headers, bytes]) -> None:
        self._answered[f"{status // 100}xx"] += 1
        headers, body = answer
        if scope.method == "HEAD" or status in (204, 304):
            exchange.response_empty(status, headers)
        else:
            exchange.response_bytes(status, headers, body)

    def _send_static(self, scope: Scope, exchange: Exchange) -> None:
        found = static.answer(
            scope.path.removeprefix(settings.STATIC_URL),
            query=scope.query_string,
            accept_encoding=scope.headers.get("accept-encoding") or "",
            if_none_match=scope.headers.get("if-none-match") or "",
        )
        if found is None:
            self._send(scope, exchange, 404, _text("not found\n"))
        else:
            self._send(scope, exchange, found.status, (found.headers, found.body))

    def _readiness(self, scope: Scope) -> tuple[int, tuple[Headers, bytes]]:
        close_old_connections()
        why = health.unready()
        return (503, _text(f"{why}\n")) if why else (200, _text("ready\n"))

    def _metrics(self, scope: Scope) -> tuple[int, tuple[Headers, bytes]]:
        headers = {name: scope.headers.get(name) for name in ("authorization", "x-forwarded-for", "forwarded")}
        known = {name: value for name, value in headers.items() if value is not None}
        if not health.may_read_metrics(client=scope.client, headers=known):
            return 403, _text("Send the token of SARNAKH_METRICS_TOKEN as 'Authorization: Bearer …'.\n")
        close_old_connections()
        return 200, _text(health.metrics(self._answered, at=timezone.now()))

    async def _send_django(self, scope: Scope, exchange: Exchange) -> None:
        try:
            body = await _body(scope, exchange)
        except TooLarge:
            self._send(scope, exchange, 413, _too_large())
            return
        environ = _environ(scope, body)
        await self._in_thread(self._call_django, scope, exchange, environ, asyncio.get_running_loop())

    def _call_django(
        self, scope: Scope, exchange: Exchange, environ: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        started: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
            started[:] = [(int(status[:3]), [(name.lower(), value) for name, value in headers])]
            return lambda data: None

        response = self._django(environ, start_response)
        try:
            status, headers = started[0]
            if response.streaming and scope.method != "HEAD":
                self._answered[f"{status // 100}xx"] += 1
                _stream(cast(Iterable[bytes], response), exchange.response_stream(status, headers), loop)
            else:
                body = b"" if scope.method == "HEAD" else b"".join(cast(Iterator[bytes], response))
                self._send(scope, exchange, status, (headers, body))
        finally:
            response.close()  # ends the request for Django: connections that are old or broken go


def _stream(chunks: Iterable[bytes], stream: Stream, loop: asyncio.AbstractEventLoop) -> None:
    """Send piece by piece out of one thread, so that a cursor lives in the connection that opened it."""
    for chunk in chunks:
        asyncio.run_coroutine_threadsafe(stream.send_bytes(bytes(chunk)), loop).result()


async def _body(scope: Scope, exchange: Exchange) -> bytes:
    """The whole body. Raises TooLarge, without reading on."""
    if scope.method in ("GET", "HEAD") and scope.headers.get("content-length") in (None, "0"):
        return b""
    is_upload = (scope.headers.get("content-type") or "").startswith("multipart/form-data")
    limit: int = settings.UPLOAD_LIMIT if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    announced = scope.headers.get("content-length")
    if announced is not None and announced.isdecimal():
        if int(announced) > limit:
            raise TooLarge
        return await exchange()
    pieces: list[bytes] = []
    size = 0
    async for piece in exchange:
        size += len(piece)
        if size > limit:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request as WSGI says it."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # WSGI's strings are bytes in disguise
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": _client(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name != "content-length" and "_" not in name:  # x_forwarded_for would pass for x-forwarded-for
            key = f"HTTP_{name.upper().replace('-', '_')}"
            joined = "; " if name == "cookie" else ", "
            environ[key] = f"{environ[key]}{joined}{value}" if key in environ and key != "HTTP_HOST" else value
    return environ


def _client(scope: Scope) -> str:
    """Who asks: behind n trusted proxies, the n-th address from the right of X-Forwarded-For."""
    proxies: int = settings.CONFIG.trusted_proxies
    if proxies:
        named = [part.strip() for part in (scope.headers.get("x-forwarded-for") or "").split(",") if part.strip()]
        if len(named) >= proxies:
            return named[-proxies]
    return scope.client.rpartition(":")[0].strip("[]") or scope.client


def _text(body: str) -> tuple[Headers, bytes]:
    return [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")], body.encode()


def _too_large() -> tuple[Headers, bytes]:
    problem = {
        "type": "about:blank",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"At most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB are taken, "
        f"{settings.UPLOAD_LIMIT // 2**20} MB as a file.",
        "errors": [],
    }
    # The rest of the body was not read, so this connection cannot go on.
    return [("content-type", "application/problem+json"), ("connection", "close")], json.dumps(problem).encode()
