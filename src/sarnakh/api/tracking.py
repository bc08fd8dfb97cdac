"""/v1: Segment's HTTP tracking API, for its unmodified clients and for /t.js.

What clients send is taken as it comes: any content type, gzip or not, the key in the header or in the body. Bad data
is a 4xx, never a 500: a client tries a 500 again for twelve hours. Rejected calls inside a good request are kept as
failures and the request is answered 200, as Segment does.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import URLPattern, path, re_path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sarnakh.track.rules.calls import LONGEST_CALL, SHORT, TYPES
from sarnakh.track.selectors import source_of_key
from sarnakh.track.services import accept

LONGEST_REQUEST = 500 * 1024  # bytes, after unpacking
MOST_CALLS = 2500
BATCHES = frozenset(("batch", "import", "b"))
_BY_NAME = {**{name: name for name in TYPES}, **SHORT}

View = Callable[..., HttpResponse]


class Refused(Exception):
    """The request cannot be taken; `status` and `code` go out."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@csrf_exempt  # the write key is the right to write; there is no session here
@require_http_methods(["POST", "OPTIONS"])
def collect(request: HttpRequest, name: str) -> HttpResponse:
    """POST /v1/track, /page, /identify, /batch, … and their one-letter forms."""
    if request.method == "OPTIONS":
        return _open(request, HttpResponse(status=204))
    try:
        body = _body(request)
        source, is_server = _source(request, body)
        calls = _calls(name, body)
    except Refused as refused:
        answer = {"success": False, "code": refused.code, "message": refused.message}
        return _open(request, JsonResponse(answer, status=refused.status))
    try:
        accept(source, calls, is_server=is_server, received_at=timezone.now())
    except OperationalError:  # the database is away or too busy: not their fault, and they will send it again
        answer = {"success": False, "code": "busy", "message": "try again"}
        return _open(request, JsonResponse(answer, status=503, headers={"Retry-After": "5"}))
    return _open(request, JsonResponse({"success": True}))


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """GET /v1/projects/<key>/settings: what analytics.js asks before its first call."""
    if request.method == "OPTIONS":
        return _open(request, HttpResponse(status=204))
    if source_of_key(key) is None:
        return _open(request, JsonResponse({"code": "unknown_key", "message": "unknown write key"}, status=404))
    answer = {
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": f"{request.get_host()}/v1",
                "protocol": request.scheme,
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
    return _open(request, JsonResponse(answer, headers={"Cache-Control": "public, max-age=300"}))


def _open(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let pages of any site read the answer: nothing here rests on a cookie."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        # Named, as the Fetch standard does not let * cover Authorization.
        response.headers["Access-Control-Allow-Headers"] = (
            "authorization, content-type, content-encoding, x-retry-count"
        )
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _body(request: HttpRequest) -> Mapping[str, Any]:
    too_large = Refused(413, "too_large", f"a request holds at most {LONGEST_REQUEST} bytes")
    try:
        if int(request.headers.get("Content-Length") or 0) > LONGEST_REQUEST:
            raise too_large
        raw = request.body
    except RequestDataTooBig as error:
        raise too_large from error
    except (UnreadablePostError, ValueError) as error:
        raise Refused(400, "unreadable", "the body did not arrive whole") from error
    if raw[:2] == b"\x1f\x8b":  # by its first bytes: not every client names the encoding
        raw = _unpacked(raw, too_large)
    if len(raw) > LONGEST_REQUEST:
        raise too_large
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad_json", "the body is no JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "bad_json", "the body is no JSON object")
    return body


def _unpacked(raw: bytes, too_large: Refused) -> bytes:
    try:
        whole = zlib.decompressobj(wbits=31).decompress(raw, LONGEST_REQUEST + 1)
    except zlib.error as error:
        raise Refused(400, "bad_gzip", "the body is no gzip") from error
    if len(whole) > LONGEST_REQUEST:
        raise too_large
    return whole


def _source(request: HttpRequest, body: Mapping[str, Any]) -> tuple[Any, bool]:
    for key in (_header_key(request), body.get("writeKey")):
        found = source_of_key(key) if isinstance(key, str) else None
        if found is not None:
            return found
    raise Refused(401, "unknown_key", "unknown write key")


def _header_key(request: HttpRequest) -> str:
    """The user of Basic authentication (some clients leave the colon out), or a bearer token."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4)).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _calls(name: str, body: Mapping[str, Any]) -> list[tuple[object, str | None]]:
    if name not in BATCHES:
        if len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")) > LONGEST_CALL:
            raise Refused(400, "too_large", f"a call holds at most {LONGEST_CALL} bytes")
        return [(body, _BY_NAME[name])]
    batch = body.get("batch")
    if not isinstance(batch, list):
        raise Refused(400, "no_batch", "batch is no list")
    if len(batch) > MOST_CALLS:
        raise Refused(400, "too_many", f"a batch holds at most {MOST_CALLS} calls")
    return [(_with_common(call, body), None) for call in batch]


def _with_common(call: object, body: Mapping[str, Any]) -> object:
    """A call of a batch with what the batch says for all of its calls."""
    if not isinstance(call, dict):
        return call
    common, own = body.get("context"), call.get("context")
    context = {**(common if isinstance(common, dict) else {}), **(own if isinstance(own, dict) else {})}
    return {**call, "context": context, "sentAt": call.get("sentAt") or body.get("sentAt")}


_NAMES = "|".join(sorted({*BATCHES, *_BY_NAME}, key=len, reverse=True))
urlpatterns: list[URLPattern] = [
    re_path(rf"^(?P<name>{_NAMES})/?$", collect, name="collect"),
    path("projects/<str:key>/settings", settings, name="tracking-settings"),
]
