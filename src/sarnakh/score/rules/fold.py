"""Temperature: a fold over the score in continuous time, answered by looking back only as far as needed.

Each threshold T has a switch: on while the score has been at T or above more recently than below T - 5. So the last
such moment decides, and it is mostly now: only inside the band [T - 5, T) does the past matter. Between two facts the
gains only fall and the losses only fade, which bounds the score in any stretch and finds a turn to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sarnakh.score.rules.kernel import Events, score
from sarnakh.score.rules.table import Bools, Floats, Ints, RuleTable

Temperature = Literal["cold", "warm", "hot"]
STICKS = 5.0  # points below its threshold at which a temperature is lost
CELLS_AT_ONCE = 400_000
STRETCHES_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Course:
    """One lead through time: its events (`lead` all 0), and from which moment its profile was what.

    `profile[j]` ([profile rules]) holds from `profile_at[j]` (ascending) on; the first row holds before it too.
    """

    events: Events
    profile_at: Ints
    profile: Bools

    def turns(self, after: int, until: int) -> Ints:
        """Moments in (after, until] at which a fact may have moved the score."""
        moments = np.unique(np.concatenate([self.events.at, self.profile_at]))
        return moments[(moments > after) & (moments <= until)]

    def bounds(self, table: RuleTable, times: Ints) -> tuple[Floats, Floats]:
        """The gains and the losses (each after caps) at each of these moments."""
        known = self.events.only(self.events.at <= times.max())
        at_once = max(1, CELLS_AT_ONCE // max(1, len(known.at)))
        gains, losses = [], []
        for i in range(0, len(times), at_once):
            part = times[i : i + at_once]
            copies = Events(
                np.repeat(np.arange(len(part)), len(known.at)),
                np.tile(known.kind, len(part)),
                np.tile(known.at, len(part)),
                np.tile(known.id, len(part)),
            )
            row = np.maximum(np.searchsorted(self.profile_at, part, "right") - 1, 0)
            matrix = score(len(part), copies, table, part, self.profile[row])
            gains.append(matrix[:, table.is_gain].sum(axis=1))
            losses.append(matrix[:, ~table.is_gain].sum(axis=1))
        return np.concatenate(gains), np.concatenate(losses)


def plain_temperature(value: float, table: RuleTable) -> Temperature:
    """By the plain thresholds: how the fold starts."""
    return "hot" if value >= table.hot_from else "warm" if value >= table.warm_from else "cold"


def settled_temperature(value: float, table: RuleTable) -> Temperature | None:
    """The temperature where the score alone says it, whatever was before; None inside a band."""
    switches = [_switch_now(value, level) for level in (table.hot_from, table.warm_from)]
    if None in switches:
        return None
    return _named(bool(switches[0]), bool(switches[1]))


def fold_temperature(
    course: Course, table: RuleTable, *, start: int, at: int, known: tuple[int, Temperature] | None = None
) -> Temperature:
    """The temperature at `at`, started from the plain thresholds at `start` (microseconds).

    `known`: (moment, temperature there) of an earlier fold under the same rules and the same facts up to that moment;
    it only saves looking further back. Before `start` the plain thresholds answer.
    """
    if at <= start:
        gains, losses = course.bounds(table, np.array([at]))
        return plain_temperature(_clamped(gains[0] + losses[0]), table)
    if known is not None and start <= known[0] <= at:
        begin, before = known[0], (known[1] == "hot", known[1] != "cold")
    else:
        begin, before = start, (False, False)
        known = None
    levels = (table.hot_from, table.warm_from)
    found: list[bool | None] = [None, None]
    stretches = _Stretches(course, table, begin, at)
    while None in found and stretches.is_left:
        stretch = stretches.next()
        for i, level in enumerate(levels):
            if found[i] is None:
                found[i] = stretch.last_said(level)
    # Undecided up to the start: inside the band there, which the plain thresholds call off.
    is_hot, is_warm = (before[i] if found[i] is None else bool(found[i]) for i in (0, 1))
    return _named(is_hot, is_warm)


def _named(is_hot: bool, is_warm: bool) -> Temperature:
    return "hot" if is_hot else "warm" if is_warm else "cold"


def _clamped(value: float) -> float:
    return min(100.0, max(0.0, value))


def _switch_now(value: float, level: float) -> bool | None:
    if value >= level:
        return True
    return False if value < level - STICKS else None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """[low, high] without a fact after `low`; gains and losses at both ends."""

    course: Course
    table: RuleTable
    low: int
    high: int
    gains: tuple[float, float]
    losses: tuple[float, float]

    def last_said(self, level: float) -> bool | None:
        """What the last moment of the stretch at which this level's switch is decided says; None: there is none."""
        now = _switch_now(_clamped(self.gains[1] + self.losses[1]), level)
        if now is not None or self.low == self.high:
            return now
        highest = _clamped(self.gains[0] + self.losses[1])
        lowest = _clamped(self.gains[1] + self.losses[0])
        if highest < level and lowest >= level - STICKS:
            return None
        at_low = _switch_now(_clamped(self.gains[0] + self.losses[0]), level)
        if self.losses[0] == self.losses[1] or self.gains[0] == self.gains[1]:  # it only falls, or only rises
            return at_low
        if self.high - self.low == 1:
            return at_low
        older, newer = self._halves()
        said = newer.last_said(level)
        return older.last_said(level) if said is None else said

    def _halves(self) -> tuple[_Stretch, _Stretch]:
        middle = (self.low + self.high) // 2
        gains, losses = self.course.bounds(self.table, np.array([middle]))
        g, n = float(gains[0]), float(losses[0])
        return (
            _Stretch(self.course, self.table, self.low, middle, (self.gains[0], g), (self.losses[0], n)),
            _Stretch(self.course, self.table, middle, self.high, (g, self.gains[1]), (n, self.losses[1])),
        )


class _Stretches:
    """The stretches between facts from `at` back to `begin`, newest first, evaluated a handful at a time."""

    def __init__(self, course: Course, table: RuleTable, begin: int, at: int) -> None:
        self.course, self.table = course, table
        lows = np.concatenate([np.array([begin], dtype=np.int64), course.turns(begin, at)])
        self.lows, self.highs = lows, np.concatenate([lows[1:] - 1, np.array([at], dtype=np.int64)])
        self.waiting: list[_Stretch] = []
        self.left = len(lows)

    @property
    def is_left(self) -> bool:
        return bool(self.waiting) or self.left > 0

    def next(self) -> _Stretch:
        if not self.waiting:
            first = max(0, self.left - STRETCHES_AT_ONCE)
            lows, highs = self.lows[first : self.left], self.highs[first : self.left]
            gains, losses = self.course.bounds(self.table, np.concatenate([lows, highs]))
            n = len(lows)
            self.waiting = [
                _Stretch(
                    self.course,
                    self.table,
                    int(lows[i]),
                    int(highs[i]),
                    (float(gains[i]), float(gains[n + i])),
                    (float(losses[i]), float(losses[n + i])),
                )
                for i in range(n)
            ]
            self.left = first
        return self.waiting.pop()
