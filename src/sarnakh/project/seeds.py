"""What every base starts with, in this order: each may run again at every `init` and then changes nothing."""

from collections.abc import Callable
from datetime import datetime

from sarnakh.nurture import seeds as nurture

SEEDS: tuple[Callable[[datetime], object], ...] = (nurture.plant,)
