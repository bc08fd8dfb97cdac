"""What each manager was given, did with it, and won.

`user` sees the own row as a rep, the branch as a manager, else all; within a row all leads count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sarnakh.accounts.models import Holiday, Role, User
from sarnakh.accounts.selectors import branch_of
from sarnakh.convert.models import Deal
from sarnakh.engage.models import Activity, Task
from sarnakh.kit.worktime import parse_week, working_seconds_between
from sarnakh.leads.models import Event, Lead
from sarnakh.learn.rules import HandOff, Period, answers, median, period_of, ratio
from sarnakh.learn.selectors.refusals import REACHING, reaching, stage_changes
from sarnakh.learn.selectors.splits import UnknownSplit, house

OPEN_STAGES = ("lead", "mql", "sql")


@dataclass(frozen=True, slots=True)
class ManagerRow:
    """One row for each currency the manager sold in; only `revenue` belongs to the currency.

    `first_response_s`: the median, in seconds of working time, over the `answered` ones of the `received` leads.
    `quality`: of the leads worked, the share that had reached SQL. `follow_ups_kept`: of the follow-ups due, the share
    done in time. `load`: open leads they hold now, whatever the period.
    """

    key: int
    label: str
    currency: str
    received: int
    worked: int
    answered: int
    first_response_s: float | None
    quality: float | None
    follow_ups: int
    follow_ups_kept: float | None
    won: int
    revenue: int
    load: int


def managers(start: date, end: date, by: str | None, as_of: datetime, user: User) -> list[ManagerRow]:
    """Managers with something to show for the days [start, end). Raises UnknownSplit: `by` is "owner" or None."""
    if by not in (None, "owner"):
        raise UnknownSplit(str(by), ("owner",))
    days = period_of(start, end, house().tz)
    people = {each.id: each for each in _shown(user)}
    received, responses = _received(days, as_of, people)
    worked, good = _worked(days, as_of, people)
    due, kept = _follow_ups(days, as_of, people)
    sales, revenue = _sales(days, as_of, people)
    load = dict(
        _counted()
        .filter(owner__in=people, stage__in=OPEN_STAGES)
        .values_list("owner")
        .annotate(n=Count("pk"))
        .order_by()
    )
    rows = []
    for id_ in {*received, *worked, *due, *sales}:
        for currency, amount in sorted(revenue.get(id_, {house().currency: 0}).items()):
            rows.append(
                ManagerRow(
                    key=id_,
                    label=people[id_].get_full_name(),
                    currency=currency,
                    received=received[id_],
                    worked=worked[id_],
                    answered=len(responses[id_]),
                    first_response_s=median(responses[id_]),
                    quality=ratio(good[id_], worked[id_]),
                    follow_ups=due[id_],
                    follow_ups_kept=ratio(kept[id_], due[id_]),
                    won=sales[id_],
                    revenue=amount,
                    load=load.get(id_, 0),
                )
            )
    return sorted(rows, key=lambda row: (-row.revenue, -row.won, row.label, row.key, row.currency))


def _shown(user: User) -> QuerySet[User]:
    if user.role == Role.REP:
        return User.objects.filter(id=user.id)
    if user.role == Role.MANAGER:
        return User.objects.filter(Q(id=user.id) | Q(team__in=branch_of(user)))
    return User.objects.all()


def _counted() -> QuerySet[Lead]:
    return Lead.objects.filter(merged_into__isnull=True, hidden_at__isnull=True)


def _received(days: Period, as_of: datetime, people: Iterable[int]) -> tuple[Counter[int], dict[int, list[float]]]:
    """How many leads each was given, and the working seconds until the answered ones were answered."""
    facts = Event.objects.filter(name="lead_assigned", retracted_by__isnull=True, lead__in=_counted())
    given = facts.filter(at__gte=days.since, at__lt=days.until, at__lte=as_of).values("lead")
    hand_offs: dict[int, list[HandOff]] = defaultdict(list)
    for lead, at, id_, props in facts.filter(lead__in=given).values_list("lead", "at", "id", "props"):
        hand_offs[lead].append(HandOff(at=at, event=id_, user=props.get("user")))
    acts: dict[int, list[datetime]] = defaultdict(list)
    made = Activity.objects.filter(
        kind__in=REACHING,
        direction="outbound",
        actor__isnull=False,
        event__retracted_by__isnull=True,
        at__gte=days.since,
        at__lte=as_of,
        lead__in=given,
    )
    for lead, at in made.values_list("lead", "at"):
        acts[lead].append(at)
    wanted = set(people)
    received: Counter[int] = Counter()
    responses: dict[int, list[float]] = defaultdict(list)
    clock = _working_clock()
    for lead, gives in hand_offs.items():
        found = answers(gives, acts[lead], since=days.since, until=days.until, as_of=as_of)
        for id_, (given_at, answered_at) in found.items():
            if id_ in wanted:
                received[id_] += 1
                if answered_at is not None:
                    responses[id_].append(clock(given_at, answered_at))
    return received, responses


def _working_clock() -> Callable[[datetime, datetime], float]:
    own = house()
    week = parse_week(own.working_week)
    holidays = frozenset(Holiday.objects.values_list("day", flat=True))

    def seconds(start: datetime, end: datetime) -> float:
        # No hours are set: the office never shuts.
        if not any(week):
            return (end - start).total_seconds()
        return float(working_seconds_between(start, end, week, holidays, own.tz))

    return seconds


def _worked(days: Period, as_of: datetime, people: Iterable[int]) -> tuple[Counter[int], Counter[int]]:
    """How many leads each worked, and how many of these had reached SQL."""
    leads = _counted()
    pairs = {
        *reaching(days, as_of).filter(actor__in=people, lead__in=leads).values_list("actor", "lead"),
        *stage_changes(days, as_of).filter(actor__in=people, lead__in=leads).values_list("actor", "lead"),
    }
    good = set(
        leads.filter(
            Q(id__in=reaching(days, as_of).values("lead")) | Q(id__in=stage_changes(days, as_of).values("lead")),
            milestone__sql_at__lte=as_of,
        ).values_list("id", flat=True)
    )
    return Counter(actor for actor, _ in pairs), Counter(actor for actor, lead in pairs if lead in good)


def _follow_ups(days: Period, as_of: datetime, people: Iterable[int]) -> tuple[Counter[int], Counter[int]]:
    rows = (
        Task.objects.filter(
            owner__in=people,
            due_at__gte=days.since,
            due_at__lt=days.until,
            due_at__lte=as_of,
            lead__in=_counted(),
        )
        .exclude(outcome="cancelled")
        .values_list("owner")
        .annotate(due=Count("pk"), kept=Count("pk", filter=Q(done_at__lte=F("due_at"))))
        .order_by()
    )
    found = list(rows)
    return Counter({id_: due for id_, due, _ in found}), Counter({id_: kept for id_, _, kept in found})


def _sales(days: Period, as_of: datetime, people: Iterable[int]) -> tuple[Counter[int], dict[int, dict[str, int]]]:
    """Deals won, and what they brought by currency; a deal without an owner is its lead's owner's."""
    rows = (
        Deal.objects.filter(
            status="won",
            hidden_at__isnull=True,
            closed_at__gte=days.since,
            closed_at__lt=days.until,
            closed_at__lte=as_of,
            lead__in=_counted(),
        )
        .annotate(who=Coalesce("owner", "lead__owner"))
        .filter(who__in=people)
        .values("who", in_currency=F("currency"))
        .annotate(deals=Count("pk"), revenue=Sum("amount"))
        .order_by()
    )
    sales: Counter[int] = Counter()
    revenue: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        sales[row["who"]] += row["deals"]
        revenue[row["who"]][row["in_currency"]] = int(row["revenue"])
    return sales, revenue
