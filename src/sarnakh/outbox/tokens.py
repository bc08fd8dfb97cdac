"""The signed address under which whoever got a message may refuse the next ones. Names the message, nobody's data."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

_SALT = "sarnakh.outbox.unsubscribe"
_SEPARATOR = "."  # a colon in an address is cut off by some mail clients


class BadToken(Exception):
    """The token was not made here, or was cut on the way."""


def unsubscribe_token(key: str) -> str:
    """The token of the message with this key, always the same."""
    return _signer().sign_object(key)


def unsubscribe_url(key: str) -> str:
    """The full address, for List-Unsubscribe and for the link in the text."""
    return f"{settings.BASE_URL}/u/{unsubscribe_token(key)}"


def message_key(token: str) -> str:
    """The key that the token names. Raises BadToken. Tokens do not expire: an old mail must still let one go."""
    try:
        key = _signer().unsign_object(token)
    except signing.BadSignature as error:
        raise BadToken from error
    return str(key)


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT, sep=_SEPARATOR)
