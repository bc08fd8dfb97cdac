"""What crosses the border of `convert`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sarnakh.convert.models import Deal
    from sarnakh.leads.models import Company, Contact


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal to open: `amount` in the smallest unit of `currency` (IRT is taken and stored as IRR x 10).

    No `currency`: the organisation's. No `owner`: the lead's. `stage`: slug in the first pipeline; "" its first.
    """

    title: str = ""
    amount: int = 0
    currency: str = ""
    owner: int | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class DealChange:
    """What is to change of a deal; None leaves it. `status` open, won or lost; `stage`: slug in its own pipeline.

    `reason` goes with a loss (a refusal reason's slug) or a reopening (words).
    """

    status: str | None = None
    stage: str | None = None
    amount: int | None = None
    currency: str | None = None
    title: str | None = None
    owner: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    contact: Contact
    company: Company | None
    deal: Deal
