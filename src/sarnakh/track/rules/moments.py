"""When a tracked event happened, by clocks that may be wrong."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

BROWSER_PAST = timedelta(days=7)
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


def moment(value: object) -> datetime | None:
    """An ISO 8601 text (without an offset: UTC) or milliseconds since 1970 as an aware moment; else None."""
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            read = datetime.fromtimestamp(value / 1000, UTC)
        else:
            return None
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return read


def happened_at(said: object, sent: object, *, received_at: datetime, is_server: bool) -> datetime:
    """When it happened: received - (sent - said), which takes the client's clock out; never after we received it.

    A browser's word reaches 7 days back and no further; a server may bring history.
    """
    said_at, sent_at = moment(said), moment(sent)
    oldest = _OLDEST if is_server else received_at - BROWSER_PAST
    at = said_at or received_at
    if said_at is not None and sent_at is not None:
        waited = max(sent_at - said_at, timedelta())
        at = received_at - min(waited, received_at - oldest)  # further back may be before all dates
    return min(max(at, oldest), received_at)
