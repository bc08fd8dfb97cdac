"""The lead card as plain values: all that `templates/lead/` shows, and nothing it has to ask for.

`pages/lead.py` fills it from the selectors; a preview or a test fills it by hand. Moments are aware UTC, money is in
smallest units, words that depend on the language are chosen in the template.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of lead, mql, sql, customer on the way; `state` is done, now, todo, or out (left the way here)."""

    stage: str
    state: str
    at: datetime | None = None
    days: int | None = None  # how long it has been there; only for `now`


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose it is and why: `why` are whole sentences, in the order in which the decision was made."""

    id: int
    name: str
    team: str = ""
    since: datetime | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A way to reach the person; `kind` as in IdentityKind."""

    kind: str
    value: str
    is_verified: bool = False
    is_shared: bool = False

    @property
    def is_phone(self) -> bool:
        return self.kind in ("mobile", "phone")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A label with its value; an empty value is shown as missing."""

    label: str
    value: str = ""
    is_latin: bool = False
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class Touch:
    """A visit or message that counts for attribution; `place` is first, middle or last."""

    icon: str
    label: str
    at: datetime
    place: str = ""
    share: float | None = None  # percent


@dataclass(frozen=True, kw_only=True)
class ConsentLine:
    channel: str  # email, sms, call
    purpose: str  # service, marketing
    is_granted: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ScoreLine:
    """One share of the score. `kind`: rule, cap (what a ceiling took away), limit (what 0 or 100 cut off)."""

    label: str
    points: float
    kind: str = "rule"
    half_life_days: float | None = None
    times: int = 1
    length: int = 0  # of its bar, 0-100


@dataclass(frozen=True, kw_only=True)
class Score:
    value: float
    fit: float
    engagement: float
    temperature: str  # hot, warm, cold
    lines: tuple[ScoreLine, ...] = ()
    scored_at: datetime | None = None
    change_7d: float | None = None


@dataclass(frozen=True, kw_only=True)
class Point:
    """One of the five: need, problem, budget, authority, timeline."""

    item: str
    is_met: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """The open task that is due first."""

    id: int
    kind: str  # call, meeting, message, email, todo
    title: str
    due_at: datetime
    is_late: bool = False
    late_s: int = 0
    nth: int = 0
    of: int = 0  # 0: not a cadence
    more: int = 0  # how many open tasks stand behind it


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Another card that may be the same person."""

    lead: int
    name: str
    confidence: float
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class DealLine:
    id: int
    title: str
    amount: int
    currency: str
    stage: str
    status: str  # open, won, lost
    closed_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the timeline. `sentence` is safe HTML of our own making; `tone`: hot, warm, ok, tint, bad or none."""

    at: datetime
    sentence: str
    icon: str
    family: str  # talk, behaviour, change
    tone: str = ""
    note: str = ""
    body: str = ""  # what someone wrote, shown as it is
    by: str = ""
    times: int = 1
    is_taken_back: bool = False  # a later fact retracts it


@dataclass(frozen=True, kw_only=True)
class Day:
    on: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option of a select."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class LeadCard:
    """Everything on the card of one lead, for one user."""

    id: int
    name: str
    stage: str  # lead, mql, sql, customer, disqualified, deferred
    score: Score
    job_title: str = ""
    company: str = ""
    city: str = ""
    reason: str = ""  # of the exit, in words
    deferred_until: datetime | None = None
    product: str = ""
    owner: Owner | None = None
    team: str = ""
    steps: tuple[Step, ...] = ()
    reach: tuple[Reach, ...] = ()
    completeness: int = 0  # percent of the card that is filled
    missing: tuple[str, ...] = ()  # labels of what is not
    company_lines: tuple[Line, ...] = ()
    person_lines: tuple[Line, ...] = ()
    touches: tuple[Touch, ...] = ()
    source_lines: tuple[Line, ...] = ()
    consents: tuple[ConsentLine, ...] = ()
    points: tuple[Point, ...] = ()
    next_step: NextStep | None = None
    twins: tuple[Twin, ...] = ()
    deals: tuple[DealLine, ...] = ()
    days: tuple[Day, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)  # of the timeline: all, talk, behaviour, change
    shown: str = "all"  # which of them
    older: str = ""  # cursor of the next page of the timeline
    may: frozenset[str] = frozenset()  # log, task, check, stage, convert, deal
    refusal_reasons: tuple[Choice, ...] = ()
    loss_reasons: tuple[Choice, ...] = ()
    currency: str = "IRR"
    next_call_at: datetime | None = None  # offered as the moment of the next step

    @property
    def url(self) -> str:
        return f"/leads/{self.id}"

    @property
    def met(self) -> int:
        """How many of the five points are met."""
        return sum(1 for point in self.points if point.is_met)

    @property
    def is_out(self) -> bool:
        return self.stage in ("disqualified", "deferred")

    @property
    def phones(self) -> tuple[Reach, ...]:
        return tuple(reach for reach in self.reach if reach.is_phone)

    @property
    def first_phone(self) -> str:
        return self.phones[0].value if self.phones else ""

    @property
    def first_email(self) -> str:
        return next((reach.value for reach in self.reach if reach.kind in ("email", "role_email")), "")

    @property
    def open_deal(self) -> DealLine | None:
        return next((deal for deal in self.deals if deal.status == "open"), None)
