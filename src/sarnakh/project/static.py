"""Static files without a build step or a front server: from where they lie, with gzip and caching.

Under `/static/x.css?v=<first letters of its content's SHA-256>`, which `{% asset %}` writes, a file is kept for a year.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest")
_FOR_EVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent; `packed` is its gzip, None where that gains nothing."""

    content_type: str
    version: str
    plain: bytes
    packed: bytes | None


@dataclass(frozen=True)
class Answer:
    """What goes out: HTTP status, headers, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def answer(name: str, *, query: str, accept_encoding: str, if_none_match: str) -> Answer | None:
    """The answer to GET /static/<name>?<query>; None where there is no such file."""
    found = file(name)
    if found is None:
        return None
    version = query.removeprefix("v=")
    is_versioned = len(version) >= 8 and found.version.startswith(version)
    etag = f'"{found.version[:16]}"'
    headers = [("etag", etag), ("cache-control", _FOR_EVER if is_versioned else _A_DAY), ("vary", "accept-encoding")]
    if if_none_match == etag:
        return Answer(304, headers, b"")
    headers += [("content-type", found.content_type), ("x-content-type-options", "nosniff")]
    if found.packed is not None and "gzip" in accept_encoding:
        return Answer(200, [*headers, ("content-encoding", "gzip")], found.packed)
    return Answer(200, headers, found.plain)


def file(name: str) -> StaticFile | None:
    """The static file of a name, read once a process (each time where SARNAKH_DEBUG is on)."""
    path = _paths().get(name)
    if path is None:
        return None
    return _read(path) if settings.DEBUG else _kept(path)


@functools.cache
def _paths() -> dict[str, Path]:
    """Every file there is, by name: a name that is not here is not looked for on the disk."""
    found: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name, Path(storage.path(name)))
    return found


def _read(path: Path) -> StaticFile:
    plain = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = guessed.startswith(_TEXT)
    packed = gzip.compress(plain, mtime=0) if is_text and len(plain) > 500 else None
    return StaticFile(
        content_type=f"{guessed}; charset=utf-8" if is_text else guessed,
        version=hashlib.sha256(plain).hexdigest(),
        plain=plain,
        packed=packed if packed and len(packed) < len(plain) else None,
    )


_kept = functools.cache(_read)
