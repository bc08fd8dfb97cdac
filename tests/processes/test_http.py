"""What the web process does before and around Django; the rest is tested through Django's client."""

import gzip
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from plugins.processes import Running

MB = 2**20


def ask(
    running: Running, path: str, method: str = "GET", body: bytes | Iterator[bytes] | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_probes_answer_without_signing_in(kept_running: Running) -> None:
    assert ask(kept_running, "/healthz")[::2] == (200, b"ok\n")
    assert ask(kept_running, "/readyz")[::2] == (200, b"ready\n")


def test_metrics_are_for_loopback_and_not_for_whom_a_proxy_brings(kept_running: Running) -> None:
    status, _, body = ask(kept_running, "/metrics")
    assert status == 200
    assert b"\nsarnakh_jobs_waiting 0\n" in body
    assert ask(kept_running, "/metrics", X_Forwarded_For="203.0.113.5")[0] == 403


def test_a_body_past_the_limit_is_a_413_problem_that_is_not_read(kept_running: Running) -> None:
    connection = http.client.HTTPConnection(urlsplit(kept_running.url).netloc, timeout=20)
    connection.putrequest("POST", "/anything")
    connection.putheader("Content-Length", str(6 * MB))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert answer.getheader("content-type") == "application/problem+json"
    assert json.loads(answer.read())["status"] == 413
    connection.close()


def test_a_body_of_unsaid_length_is_counted(kept_running: Running) -> None:
    small = ask(kept_running, "/anything", "POST", iter([b"x" * 1000] * 3), Content_Type="text/plain")
    assert small[0] in (403, 404)
    try:
        status = ask(kept_running, "/anything", "POST", iter([b"x" * MB] * 8), Content_Type="text/plain")[0]
    except (BrokenPipeError, ConnectionResetError):  # it said no while we were still sending
        return
    assert status == 413


def test_a_head_says_the_same_without_a_body(kept_running: Running) -> None:
    assert ask(kept_running, "/healthz", "HEAD")[::2] == (200, b"")
    assert ask(kept_running, "/no-such-page", "HEAD")[::2] == (404, b"")


def test_a_persian_path_reaches_django_whole(kept_running: Running) -> None:
    assert ask(kept_running, "/%D8%B3%D8%B1%D9%86%D8%AE")[0] == 404
    assert r"Not Found: /\u0633\u0631\u0646\u062e" in kept_running.base.log()  # as Django logs it


def test_a_static_file_is_kept_for_a_year_only_under_the_address_that_names_its_content(kept_running: Running) -> None:
    name = "/static/django_htmx/django-htmx.js"
    status, headers, plain = ask(kept_running, name)
    assert status == 200
    assert headers["cache-control"] == "public, max-age=86400"
    assert headers["content-type"].startswith("text/javascript")
    version = headers["etag"].strip('"')[:10]
    _, versioned, packed = ask(kept_running, f"{name}?v={version}", Accept_Encoding="gzip, br")
    assert "immutable" in versioned["cache-control"]
    assert gzip.decompress(packed) == plain
    assert ask(kept_running, f"{name}?v=0123456789")[1]["cache-control"] == "public, max-age=86400"
    assert ask(kept_running, name, If_None_Match=headers["etag"])[::2] == (304, b"")


@pytest.mark.parametrize("path", ["/static/../secret-key", "/static/%2e%2e/secret-key", "/static//etc/passwd"])
def test_nothing_but_static_files_is_served_as_one(kept_running: Running, path: str) -> None:
    assert ask(kept_running, path)[0] == 404
