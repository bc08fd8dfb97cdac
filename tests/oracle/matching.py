"""Who is this? The promise of matching, one draft at a time, in plain Python with lists and dicts only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

STRENGTH = ("national_id", "mobile", "messenger", "email", "user_id")


@dataclass
class Human:
    """A person: what leads to them, and their leads as "open", "refused" or "won"."""

    keys: set[tuple[str, str]] = field(default_factory=set)
    leads: list[str] = field(default_factory=list)


@dataclass
class Base:
    """All persons in order of arrival. `shared`: values an admin marked. `pairs`: who may be one."""

    shared: set[tuple[str, str]] = field(default_factory=set)
    humans: list[Human] = field(default_factory=list)
    pairs: set[frozenset[int]] = field(default_factory=set)

    def holder(self, key: tuple[str, str]) -> int | None:
        if key[0] not in STRENGTH or key in self.shared:
            return None
        holders = [i for i, human in enumerate(self.humans) if key in human.keys]
        assert len(holders) < 2
        return holders[0] if holders else None

    def take(self, keys: Iterable[tuple[str, str]]) -> tuple[int, int, bool]:
        """(person, lead of that person, whether the lead is new) for one draft."""
        given = list(keys)
        strongest = sorted((key for key in given if key[0] in STRENGTH), key=lambda key: STRENGTH.index(key[0]))
        found = [held for key in strongest if (held := self.holder(key)) is not None]
        if not found:
            self.humans.append(Human())
            found = [len(self.humans) - 1]
        person = found[0]
        self.pairs |= {frozenset((person, other)) for other in found if other != person}
        human = self.humans[person]
        human.keys |= {key for key in given if self.holder(key) is None}
        waiting = [i for i, state in enumerate(human.leads) if state != "won"]
        if waiting:
            human.leads[waiting[0]] = "open"
            return person, waiting[0], False
        human.leads.append("open")
        return person, len(human.leads) - 1, True
