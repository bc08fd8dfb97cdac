"""What leaves `track` for the layers above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class IdentifyCapture:
    """A server told who someone is, with a way to reach them: that is a capture.

    `body` has the shape of POST /leads; it is as the site's server sent it and may still be refused. `visitor` is the
    anonymous id to attach. `key` makes it once.
    """

    key: str
    source: str
    body: Mapping[str, Any]
    visitor: str
    at: datetime
    received_at: datetime


class CarryIdentify(Protocol):
    """Stores these captures, each once by its key. Called inside the transaction that takes them out of the inbox:
    it may only write rows; matching follows after the commit.
    """

    def __call__(self, captures: Sequence[IdentifyCapture], /) -> None: ...
