"""A version of the rules as columns, made once a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the kernel needs it. `kind` is the id of a kind's definition; None makes it a profile rule."""

    id: int
    name: str
    points: float
    kind: int | None = None
    half_life_days: float | None = None
    cap: float | None = None  # its sign does not matter: it limits the sum on the side of the points
    times: int = 1
    within_days: float | None = None
    group: str = ""
    when: Mapping[str, Any] | None = None  # the Filter of a profile rule


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps as extra columns of the matrix: what each takes off, with the rule or group it limits."""

    limits: Floats  # [C] positive
    members: tuple[Ints, ...]  # rule columns whose sum is limited
    signs: Floats  # [C] +1 limits gains, -1 losses
    rules: tuple[int | None, ...]  # column of the one rule, None for a group
    groups: tuple[str, ...]


@dataclass(frozen=True)
class RuleTable:
    """One version of the rules. Columns of the matrix: the rules in order, then what each cap takes off."""

    rules: tuple[Rule, ...]
    group_caps: Mapping[str, float] = field(default_factory=dict)
    hot_from: float = 70.0
    warm_from: float = 35.0
    letters: tuple[float, float, float] = (30.0, 15.0, 0.0)  # A, B, C from

    @cached_property
    def points(self) -> Floats:
        return np.array([r.points for r in self.rules], dtype=np.float64)

    @cached_property
    def rate(self) -> Floats:
        """Halvings a microsecond; 0 for what does not decay."""
        return np.array([1.0 / (r.half_life_days * DAY) if r.half_life_days else 0.0 for r in self.rules])

    @cached_property
    def profile(self) -> Ints:
        """Columns of the profile rules, in the order of the boolean columns given to the kernel."""
        return np.array([i for i, r in enumerate(self.rules) if r.kind is None], dtype=np.int64)

    @cached_property
    def repeated(self) -> Ints:
        """Columns of the rules that count n times within d days."""
        return np.array([i for i, r in enumerate(self.rules) if r.kind is not None and r.times > 1], dtype=np.int64)

    @cached_property
    def by_kind(self) -> tuple[Ints, Ints]:
        """(kinds ascending, column of each) of the behaviour rules."""
        pairs = sorted((r.kind, i) for i, r in enumerate(self.rules) if r.kind is not None)
        return np.array([k for k, _ in pairs], dtype=np.int64), np.array([i for _, i in pairs], dtype=np.int64)

    @cached_property
    def kinds(self) -> frozenset[int]:
        return frozenset(r.kind for r in self.rules if r.kind is not None)

    @cached_property
    def caps(self) -> Caps:
        limits: list[float] = []
        members: list[Ints] = []
        signs: list[float] = []
        rules: list[int | None] = []
        groups: list[str] = []
        for i, rule in enumerate(self.rules):
            if rule.cap is not None:
                limits.append(abs(rule.cap))
                members.append(np.array([i], dtype=np.int64))
                signs.append(_sign(rule.points))
                rules.append(i)
                groups.append("")
        for group, cap in sorted(self.group_caps.items()):
            for is_profile in (False, True):  # an axis never limits the other
                for sign in (1.0, -1.0):
                    columns = [
                        i
                        for i, r in enumerate(self.rules)
                        if r.group == group and _sign(r.points) == sign and (r.kind is None) == is_profile
                    ]
                    if columns:
                        limits.append(abs(cap))
                        members.append(np.array(columns, dtype=np.int64))
                        signs.append(sign)
                        rules.append(None)
                        groups.append(group)
        return Caps(np.array(limits), tuple(members), np.array(signs), tuple(rules), tuple(groups))

    @cached_property
    def is_fit(self) -> Bools:
        """[R + C] whether a column of the matrix counts to fit."""
        own = [r.kind is None for r in self.rules]
        return np.array(own + [own[m[0]] for m in self.caps.members], dtype=np.bool_)

    @cached_property
    def is_gain(self) -> Bools:
        """[R + C] whether a column belongs to the gains (and their caps) or to the losses."""
        own = [r.points >= 0 for r in self.rules]
        return np.array(own + [own[m[0]] for m in self.caps.members], dtype=np.bool_)


def _sign(points: float) -> float:
    return 1.0 if points >= 0 else -1.0
