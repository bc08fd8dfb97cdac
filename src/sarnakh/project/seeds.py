"""What every base starts with, in this order: each may run again at every `init` and then changes nothing."""

from collections.abc import Callable
from datetime import datetime

from sarnakh.convert import services as convert
from sarnakh.leads import kinds
from sarnakh.nurture import seeds as nurture
from sarnakh.qualify import services as qualify
from sarnakh.score import services as score


def _kinds(at: datetime) -> None:
    kinds.seed_built_in()


def _refusals_and_mql(at: datetime) -> None:
    qualify.seed_defaults()


def _pipeline(at: datetime) -> None:
    convert.seed_defaults()


def _score_rules(at: datetime) -> None:
    score.seed_default_rules(at=at)


SEEDS: tuple[Callable[[datetime], object], ...] = (
    _kinds,
    _refusals_and_mql,
    _pipeline,
    _score_rules,
    nurture.plant,
)
