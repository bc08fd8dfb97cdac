"""/v1 as unmodified clients use it: their bodies, their headers, their mistakes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from factories import AT
from sarnakh.leads.models import Source
from sarnakh.track.models import InboxEvent

pytestmark = pytest.mark.django_db

BASIC = {"Authorization": f"Basic {base64.b64encode(b'wk:').decode()}"}
EVENT = {"type": "track", "userId": "u1", "event": "Signed Up", "messageId": "m1", "timestamp": "2026-03-01T08:30:00Z"}


@pytest.fixture(autouse=True)
def source(db: None) -> Source:
    digest = hashlib.sha256(b"server-key").hexdigest()
    return Source.objects.create(name="shop", write_key="wk", server_digest=digest, created_at=AT)


def post(
    client: Client,
    path: str,
    body: Any,
    *,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.generic("POST", path, raw, content_type=content_type, headers=headers or {})


PYTHON = {
    "batch": [
        {
            "integrations": {},
            "anonymousId": None,
            "properties": {"طرح": "حرفه‌ای"},
            "timestamp": "2026-03-01T08:30:00.123456+00:00",
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
            "userId": "u1",
            "type": "track",
            "event": "خرید",
            "messageId": "0a1b",
        }
    ],
    "sentAt": "2026-03-01T08:30:01.000000+00:00",
    "writeKey": "wk",
}
NODE = {**PYTHON, "batch": [{**PYTHON["batch"][0], "messageId": "node-next-1", "_metadata": {"nodeVersion": "20"}}]}
NODE_6 = {"batch": PYTHON["batch"], "timestamp": "2026-03-01T08:30:00Z", "sentAt": "2026-03-01T08:30:01Z"}
BROWSER = {
    "timestamp": "2026-03-01T08:30:00.000Z",
    "integrations": {},
    "type": "track",
    "event": "Clicked",
    "properties": {},
    "context": {
        "page": {"path": "/", "referrer": "", "search": "?gclid=1", "title": "t", "url": "https://a.example/?gclid=1"},
        "campaign": {"source": "google"},
    },
    "messageId": "ajs-next-1",
    "anonymousId": "b0b0",
    "writeKey": "wk",
    "userId": None,
    "sentAt": "2026-03-01T08:30:00.100Z",
    "_metadata": {"bundled": ["Segment.io"]},
}
RUDDER = {"batch": [{**PYTHON["batch"][0], "originalTimestamp": "2026-03-01T08:30:00Z", "channel": "server"}]}


def named(value: object) -> str | None:
    """A body stands in a test's name by its length only."""
    return f"{len(value)}-bytes" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("path", "body", "content_type", "headers"),
    [
        ("/v1/batch", PYTHON, "application/json", BASIC),
        (
            "/v1/batch",
            gzip.compress(json.dumps(PYTHON).encode(), mtime=0),
            "application/json",
            {**BASIC, "Content-Encoding": "gzip"},
        ),
        ("/v1/batch", PYTHON, "application/json", {}),
        ("/v1/import", PYTHON, "application/json", BASIC),
        ("/v1/batch", NODE, "application/json", BASIC),
        ("/v1/batch", NODE_6, "application/json", BASIC),
        ("/v1/t", BROWSER, "text/plain", BASIC),
        ("/v1/t", BROWSER, "text/plain;charset=UTF-8", {}),
        ("/v1/b", {"batch": [BROWSER], "writeKey": "wk", "sentAt": BROWSER["sentAt"]}, "text/plain", {}),
        ("/v1/batch", gzip.compress(json.dumps(RUDDER).encode(), mtime=0), "application/x-www-form-urlencoded", BASIC),
        ("/v1/track", EVENT, "application/json", {"Authorization": f"Basic {base64.b64encode(b'wk').decode()}"}),
        ("/v1/track", {**EVENT, "writeKey": "wk"}, "application/json", {"Authorization": "Bearer some-oauth-token"}),
        ("/v1/track/", {**EVENT, "writeKey": "wk"}, "", {}),
    ],
    ids=named,
)
def test_unmodified_clients_are_taken_as_they_come(
    client: Client, path: str, body: Any, content_type: str, headers: dict[str, str]
) -> None:
    response = post(client, path, body, content_type=content_type, headers=headers)
    assert (response.status_code, response.json()) == (200, {"success": True})
    kept = InboxEvent.objects.get()
    assert (kept.error, kept.is_server) == ("", False)


@pytest.mark.parametrize(
    "name", ["track", "page", "screen", "identify", "group", "alias", "t", "p", "s", "i", "g", "a"]
)
def test_each_path_names_its_type(client: Client, name: str) -> None:
    call = {"userId": "u1", "event": "x", "messageId": name, "previousId": "u1"}
    assert post(client, f"/v1/{name}", call, headers=BASIC).status_code == 200
    assert str(InboxEvent.objects.get().body["type"]).startswith(name)


def test_a_server_key_is_told_from_a_browsers(client: Client) -> None:
    headers = {"Authorization": f"Basic {base64.b64encode(b'server-key:').decode()}"}
    assert post(client, "/v1/track", EVENT, headers=headers).status_code == 200
    assert InboxEvent.objects.get().is_server


def test_a_call_sent_again_is_answered_the_same_and_kept_once(client: Client) -> None:
    for _ in range(3):
        assert post(client, "/v1/track", EVENT, headers=BASIC).status_code == 200
    assert InboxEvent.objects.count() == 1


def test_one_bad_call_in_a_batch_is_kept_as_a_failure_and_the_rest_goes_on(client: Client) -> None:
    batch = {"batch": [EVENT, {"type": "track"}, 7, {**EVENT, "messageId": "m2", "x": "y" * 40_000}]}
    assert post(client, "/v1/batch", batch, headers=BASIC).status_code == 200
    assert InboxEvent.objects.filter(error="").count() == 1
    assert InboxEvent.objects.exclude(error="").count() == 3


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic d3Jvbmc6"},
        {"Authorization": "Basic gICA"},
        {"Authorization": "x"},
    ],
)
def test_an_unknown_key_is_told_so_and_not_tried_again(client: Client, headers: dict[str, str]) -> None:
    response = post(client, "/v1/track", EVENT, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unknown_key")
    assert not InboxEvent.objects.exists()


def test_a_disabled_source_is_unknown(client: Client) -> None:
    Source.objects.update(disabled_at=AT)
    assert post(client, "/v1/track", EVENT, headers=BASIC).status_code == 401


DEEP = b"[" * 200_000
BOMB = gzip.compress(b"0" * 50_000_000, mtime=0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/track", b"", 400),
        ("/v1/track", b"{", 400),
        ("/v1/track", b"[]", 400),
        ("/v1/track", b"\xff\xfe", 400),
        ("/v1/track", b"\x1f\x8bnot gzip", 400),
        ("/v1/track", DEEP, 400),
        ("/v1/track", b'{"a":' * 50_000, 400),
        ("/v1/track", b'{"n":' + b"9" * 5000 + b"}", 400),
        ("/v1/batch", b'{"batch": {}}', 400),
        ("/v1/batch", json.dumps({"batch": [0] * 2501}).encode(), 400),
        ("/v1/track", json.dumps({**EVENT, "x": "y" * 33_000}).encode(), 400),
        ("/v1/batch", json.dumps({"batch": [], "x": "y" * 520_000}).encode(), 413),
        ("/v1/batch", BOMB, 413),
        ("/v1/batch", b" " * 6_000_000, 413),
    ],
    ids=named,
)
def test_bad_data_is_a_4xx(client: Client, path: str, body: bytes, status: int) -> None:
    assert post(client, path, body, headers=BASIC).status_code == status


@pytest.mark.parametrize(
    "text",
    [
        r'{"userId":"u","event":"a\u0000b","messageId":"m"}',
        r'{"userId":"u","event":"a\ud800b","messageId":"m\u0000"}',
        '{"userId":"u","event":"x","properties":{"n":NaN,"i":1e999,"big":99999999999999999999999999}}',
        '{"userId":"u","event":"x","properties":' + '{"a":' * 100 + "1" + "}" * 100 + "}",
        '{"userId":"u","event":["x"],"properties":[1],"context":5,"timestamp":{"a":1},"sentAt":-1e300}',
        '{"userId":"u","event":"x","timestamp":"99999-99-99","messageId":{"a":1}}',
        '{"userId":"u","event":"x","writeKey":{"a":1}}',
    ],
)
def test_what_a_database_would_refuse_is_never_a_500(client: Client, text: str) -> None:
    assert post(client, "/v1/track", text.encode(), headers=BASIC).status_code == 200


def test_the_preflight_names_the_authorization_header(client: Client) -> None:
    response = client.options(
        "/v1/t", headers={"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization"}
    )
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in response["Access-Control-Allow-Headers"]
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert response["Access-Control-Max-Age"]


@pytest.mark.parametrize("body", [EVENT, b"{"])
def test_pages_of_any_site_may_read_the_answer(client: Client, body: Any) -> None:
    response = post(client, "/v1/track", body, headers={**BASIC, "Origin": "https://shop.example"})
    assert response["Access-Control-Allow-Origin"] == "*"


def test_the_settings_send_the_browser_library_back_here(client: Client) -> None:
    response = client.get("/v1/projects/wk/settings", headers={"Origin": "https://shop.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json()["integrations"]["Segment.io"] == {
        "apiKey": "wk",
        "apiHost": "testserver/v1",
        "protocol": "http",
    }
    assert client.get("/v1/projects/nope/settings").status_code == 404


def test_reading_is_not_writing(client: Client) -> None:
    assert client.get("/v1/track").status_code == 405
    assert client.post("/v1/dance").status_code == 404
