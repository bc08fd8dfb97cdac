"""Whose is a visit? Every visit is placed anew from all that is known in the end, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Known:
    """What was said, by its own moment. `links`: (moment, person) of one device, as they arrived; `wins`: by lead."""

    links: list[tuple[int, int]] = field(default_factory=list)
    leads: list[tuple[int, int]] = field(default_factory=list)  # (person, number), as they arrived
    made: dict[int, int] = field(default_factory=dict)  # lead -> its own moment, which orders a person's leads
    wins: dict[int, int] = field(default_factory=dict)  # lead -> moment, while it stands

    def detach(self, person: int) -> None:
        self.links = [link for link in self.links if link[1] != person]

    def person_at(self, moment: int) -> int | None:
        """The first person identified on the device, and after each later identification that one."""
        if not self.links:
            return None
        ordered = sorted(self.links, key=lambda link: link[0])  # stable: of one moment, the later arrival counts
        until = [person for at, person in ordered if at <= moment]
        return until[-1] if until else ordered[0][1]

    def lead_at(self, moment: int) -> int | None:
        """The person's lead not yet won then; None: it waits on them, or on nobody."""
        person = self.person_at(moment)
        own = sorted((lead for whose, lead in self.leads if whose == person), key=lambda lead: self.made[lead])
        return next((lead for lead in own if self.wins.get(lead, moment + 1) > moment), None)


def places(known: Known, visits: Sequence[int]) -> list[tuple[int | None, int | None]]:
    return [(known.person_at(moment), known.lead_at(moment)) for moment in visits]
