"""From a tracking call to a visitor and an event, and where a site's server says who it is, to a lead.

What an identify brings is stored as a capture in the transaction that takes the call out of the inbox, and matched
after it. Killed in between, the capture is pending and due: `intake.sweep` takes it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sarnakh.capture.models import CaptureState
from sarnakh.capture.services import Arrival, store
from sarnakh.lifecycle import intake
from sarnakh.track.ports import IdentifyCapture
from sarnakh.track.tasks import drain


def sweep(at: datetime) -> int:
    """Work on a batch of the tracking inbox; how many calls there were."""
    stored: list[int] = []

    def carry(captures: Sequence[IdentifyCapture], /) -> None:
        rows = store([_arrival(capture) for capture in captures], received_at=at)
        stored.extend(row.id for row in rows if row.state == CaptureState.PENDING)

    count = drain(at, carry=carry)
    for start in range(0, len(stored), intake.AT_ONCE):
        intake.process(stored[start : start + intake.AT_ONCE], at=at)
    return count


def _arrival(capture: IdentifyCapture) -> Arrival:
    return Arrival(
        key=capture.key, channel="identify", body=capture.body, at=capture.at, request={"visitor": capture.visitor}
    )
