"""Who we talk to, and what happened to them. One module a family; import from here."""

from sarnakh.leads.models.cards import (
    Company,
    Contact,
    CustomField,
    Lead,
    OnLead,
    OnPerson,
    Person,
    Visitor,
    VisitorLink,
)
from sarnakh.leads.models.facts import Event, EventKind, FieldHistory, KindDefinition, KindMatch, Seen
from sarnakh.leads.models.identities import (
    Consent,
    DuplicatePair,
    Identity,
    IdentityKind,
    Merge,
    MergeEdge,
    SharedValue,
)
from sarnakh.leads.models.measures import (
    Campaign,
    CostLine,
    LeadMilestone,
    LeadScore,
    LeadSource,
    Segment,
    Source,
)

__all__ = [
    "Campaign",
    "Company",
    "Consent",
    "Contact",
    "CostLine",
    "CustomField",
    "DuplicatePair",
    "Event",
    "EventKind",
    "FieldHistory",
    "Identity",
    "IdentityKind",
    "KindDefinition",
    "KindMatch",
    "Lead",
    "LeadMilestone",
    "LeadScore",
    "LeadSource",
    "Merge",
    "MergeEdge",
    "OnLead",
    "OnPerson",
    "Person",
    "Seen",
    "Segment",
    "SharedValue",
    "Source",
    "Visitor",
    "VisitorLink",
]
