"""How soon a score can move by itself: the gains still alive can only fall, the losses can only fade."""

from __future__ import annotations

import numpy as np

from sarnakh.score.rules.fold import STICKS, Temperature
from sarnakh.score.rules.kernel import with_caps
from sarnakh.score.rules.table import DAY, Bools, Floats, Ints, RuleTable

MOVE = 0.9  # points: a list refreshed by then is never off by a whole one
LEAST_STEP = 1_000_000  # microseconds: progress where the score creeps along a threshold
FURTHEST = 3650 * DAY
ROUNDS = 4


def due_at(
    matrix: Floats,
    table: RuleTable,
    at: Ints | int,
    temperatures: list[Temperature],
    next_fact: Ints | None = None,
    *,
    is_plain: Bools | None = None,
) -> Ints:
    """The earliest moment, for each lead, at which its score can have moved by a point or its temperature turned.

    `matrix` as from `score` at `at` (microseconds); `next_fact`: [leads] the next moment with a fact already known, or
    0; `is_plain`: [leads] whose fold has not begun, so that the plain thresholds count. Answers microseconds, 0 where
    nothing will move. Never later than the move, mostly just before it.
    """
    raw = matrix[:, : len(table.rules)]
    total = matrix.sum(axis=1)
    low, high = _fence(np.clip(total, 0.0, 100.0), temperatures, table, is_plain)
    wait = np.zeros(len(raw))
    is_still = np.zeros(len(raw), dtype=np.bool_)
    for _ in range(ROUNDS):
        step, still = _safe_step(raw * np.exp2(-wait[:, None] * table.rate), table, low, high)
        is_still |= still
        wait = np.where(is_still, wait, np.minimum(wait + step, FURTHEST))
    moments = np.asarray(at, dtype=np.int64) + np.maximum(np.floor(wait), LEAST_STEP).astype(np.int64)
    due = np.where(is_still, 0, moments)
    if next_fact is not None:
        due = np.where((next_fact > 0) & ((due == 0) | (next_fact < due)), next_fact, due)
    return due


def _fence(
    value: Floats, temperatures: list[Temperature], table: RuleTable, is_plain: Bools | None
) -> tuple[Floats, Floats]:
    """The score before clamping must pass below `low` or reach `high` for something to show."""
    is_hot = np.array([t == "hot" for t in temperatures], dtype=np.bool_)
    is_warm = np.array([t != "cold" for t in temperatures], dtype=np.bool_)
    low, high = value - MOVE, value + MOVE
    sticks = STICKS if is_plain is None else np.where(is_plain, 0.0, STICKS)
    for is_on, level in ((is_hot, table.hot_from), (is_warm, table.warm_from)):
        low = np.where(is_on, np.maximum(low, level - sticks), low)
        high = np.where(is_on, high, np.minimum(high, level))
    return np.where(low < 0.0, -np.inf, low), np.where(high > 100.0, np.inf, high)


def _safe_step(raw: Floats, table: RuleTable, low: Floats, high: Floats) -> tuple[Floats, Bools]:
    """How long (microseconds) no fence can be reached from here, and where none ever will."""
    total = with_caps(raw, table).sum(axis=1)
    decays = table.rate > 0
    gains, losses = np.where(decays, np.maximum(raw, 0.0), 0.0), np.where(decays, np.maximum(-raw, 0.0), 0.0)
    room_down, room_up = np.maximum(total - low, 0.0), np.maximum(high - total, 0.0)
    speed = np.log(2.0) * table.rate
    down, up = gains @ speed, losses @ speed
    is_still = (gains.sum(axis=1) <= room_down) & (losses.sum(axis=1) <= room_up)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.minimum(np.where(down > 0, room_down / down, np.inf), np.where(up > 0, room_up / up, np.inf))
    return np.where(np.isfinite(step), step, FURTHEST), is_still
