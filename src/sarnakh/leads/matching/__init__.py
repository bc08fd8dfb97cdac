"""Who is this? Drafts of captures become persons and leads, many at a time in a fixed number of statements.

An exclusive key (mobile, personal e-mail, messenger id, national id, a source's userId) leads to at most one person;
shared ones (landline, info@, what an admin marked) never match alone. One match: it is that person. Several: the
strongest; the others keep their keys and the pairs are filed under duplicates. Nobody is merged here.

A capture joins the person's lead that is not yet won; refused or deferred, it returns. After a win a new lead opens. A
capture fills empty fields only; other values wait as proposals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sarnakh.leads.matching.deciding import decide
from sarnakh.leads.matching.reading import read
from sarnakh.leads.matching.writing import write_cards, write_facts
from sarnakh.leads.ports import Draft, Outcome

__all__ = ["take_in"]


def take_in(drafts: Sequence[Draft], *, received_at: datetime) -> list[Outcome]:
    """Match and write these drafts, in order; the outcomes in the same order. Needs a transaction.

    Raises IntegrityError when another process took a key in between: call again, it will be found then.
    """
    batch = read(drafts, received_at)
    for draft in drafts:
        decide(batch, draft)
    write_cards(batch)
    return write_facts(batch, received_at)
