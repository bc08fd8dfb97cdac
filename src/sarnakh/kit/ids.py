"""Secrets and ids: tokens of which only the digest is kept, message ids, and signed texts that may run out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime


class SignatureError(ValueError):
    """A signed text is not ours (`code` bad) or has run out (`code` expired)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def new_token(nbytes: int = 32) -> str:
    """A random secret of `nbytes` bytes in URL-safe letters."""
    return secrets.token_urlsafe(nbytes)


def digest(token: str) -> str:
    """SHA-256 of a token in hex (64 letters): what is stored. Tokens are random, so no salt or slow hash is needed."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def message_id(host: str) -> str:
    """A new Message-ID of RFC 5322, with the angle brackets."""
    return f"<{secrets.token_hex(16)}@{host}>"


def sign(payload: str, key: str, purpose: str, *, expires_at: datetime | None = None) -> str:
    """The payload with an HMAC, URL-safe. A text signed for one purpose is refused for another."""
    expiry = "" if expires_at is None else format(int(expires_at.timestamp()), "x")
    body = f"{_encode(payload.encode())}.{expiry}"
    return f"{body}.{_mac(body, key, purpose)}"


def unsign(text: str, key: str, purpose: str, *, at: datetime) -> str:
    """The payload that `sign` was given. Raises SignatureError."""
    body, _, mac = text.rpartition(".")
    if not hmac.compare_digest(_bytes(mac), _bytes(_mac(body, key, purpose))):
        raise SignatureError("bad")
    payload, _, expiry = body.partition(".")
    if expiry and at.timestamp() >= int(expiry, 16):
        raise SignatureError("expired")
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()


def _mac(body: str, key: str, purpose: str) -> str:
    derived = hmac.digest(key.encode(), f"sarnakh.{purpose}".encode(), "sha256")
    return _encode(hmac.digest(derived, _bytes(body), "sha256")[:18])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    # What strangers send may hold lone surrogates; it is to be refused, not to raise.
    return text.encode("utf-8", "surrogatepass")
