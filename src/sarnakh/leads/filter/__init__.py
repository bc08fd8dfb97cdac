"""The one condition language: read it once, ask it of one lead's state or of a set of leads.

words = load_vocabulary()
wanted = parse({"field": "province", "op": "in", "value": ["تهران"]}, words)   # FilterError -> 422
matching(leads_for(user), wanted, at=now)                                      # a set, in SQL
holds(wanted, present_states([lead.id])[lead.id], at=now)                      # one lead, pure
"""

from sarnakh.leads.filter.language import PROFILE_BARRED, Field, Filter, Vocabulary, kinds_of
from sarnakh.leads.filter.ordered import first_holding
from sarnakh.leads.filter.pure import EventSeen, LeadState, holds, next_change
from sarnakh.leads.filter.reading import parse
from sarnakh.leads.filter.sql import matching, to_q
from sarnakh.leads.filter.vocabulary import load_vocabulary
from sarnakh.leads.props import FilterError, parse_where, where_holds

__all__ = [
    "PROFILE_BARRED",
    "EventSeen",
    "Field",
    "Filter",
    "FilterError",
    "LeadState",
    "Vocabulary",
    "first_holding",
    "holds",
    "kinds_of",
    "load_vocabulary",
    "matching",
    "next_change",
    "parse",
    "parse_where",
    "to_q",
    "where_holds",
]
