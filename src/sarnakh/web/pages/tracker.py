"""/t.js: the script that sites put on their pages."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

_FILE = Path(__file__).resolve().parent.parent / "static" / "t.js"


@cache
def _script() -> tuple[bytes, str]:
    script = _FILE.read_bytes()
    return script, f'"{sha256(script).hexdigest()[:20]}"'


@require_safe
@condition(etag_func=lambda request: _script()[1])
def script(request: HttpRequest) -> HttpResponse:
    """The tracker, kept by browsers for an hour and by its tag after that."""
    response = HttpResponse(_script()[0], content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
