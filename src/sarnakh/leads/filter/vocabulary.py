"""The organisation's own words, loaded for reading Filters. Four small queries: load once for many Filters."""

from __future__ import annotations

from sarnakh.accounts.models import Organisation
from sarnakh.djangokit.hot import hot
from sarnakh.leads import kinds
from sarnakh.leads.filter.language import Vocabulary
from sarnakh.leads.models import CustomField, EventKind, Segment

_events = hot(lambda: EventKind.objects.values_list("slug", "current_id"))
_custom = hot(lambda: CustomField.objects.order_by("position", "id").values_list("slug", "type"))
_segments = hot(lambda: Segment.objects.values_list("slug", "filter"))
_zones = hot(lambda: Organisation.objects.values_list("time_zone", flat=True))


def load_vocabulary() -> Vocabulary:
    """The words as they are now."""
    events = dict(_events())
    if not events.keys() >= set(kinds.BUILT_IN):
        kinds.seed_built_in()
        events = dict(_events())
    zones = _zones()
    return Vocabulary(
        custom=dict(_custom()),
        segments=dict(_segments()),
        events=events,
        zone=zones[0] if zones else "Asia/Tehran",
    )
