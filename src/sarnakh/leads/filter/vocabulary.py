"""The organisation's own words, loaded for reading Filters. Four small queries: load once for many Filters."""

from __future__ import annotations

from sarnakh.accounts.models import Organisation
from sarnakh.leads import kinds
from sarnakh.leads.filter.language import Vocabulary
from sarnakh.leads.models import CustomField, EventKind, Segment


def load_vocabulary() -> Vocabulary:
    """The words as they are now."""
    events = dict(EventKind.objects.values_list("slug", "current_id"))
    if not events.keys() >= set(kinds.BUILT_IN):
        kinds.seed_built_in()
        events = dict(EventKind.objects.values_list("slug", "current_id"))
    return Vocabulary(
        custom=dict(CustomField.objects.order_by("position", "id").values_list("slug", "type")),
        segments=dict(Segment.objects.values_list("slug", "filter")),
        events=events,
        zone=Organisation.objects.values_list("time_zone", flat=True).first() or "Asia/Tehran",
    )
