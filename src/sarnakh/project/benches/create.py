"""How many leads a second: `POST /api/v1/leads`, each answered with the lead's score and owner.

What counts is the whole way of a lead: stored, matched, scored, qualified, given to one of five people with a task to
call, and only then answered, on the disk.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass

from sarnakh.project.benches import client, installation, machine
from sarnakh.project.commands import CommandError

WARM_UP = 2.0
_NAMES = ("سارا احمدی", "رضا محمدی", "مریم حسینی", "علی کریمی", "نرگس رضایی", "حسین موسوی", "زهرا جعفری")
_COMPANIES = ("آسمان", "پارس‌نگار", "البرز", "")
_PROVINCES = ("تهران", "اصفهان", "فارس", "خراسان رضوی")


@dataclass(frozen=True)
class Result:
    """Seconds of the answers that counted, over how many seconds, and what they were measured on."""

    taken: tuple[float, ...]
    over: float
    created: int  # with those of the warm-up
    cpu: float | None  # seconds that the server computed for all of them
    database: str

    def lines(self, clients: int) -> list[str]:
        """The report."""
        return [
            f"create: {clients} clients, {self.over:.0f} s after {WARM_UP:.0f} s of warm-up",
            f"leads/s  {len(self.taken) / self.over:.0f}",
            f"median   {self._part(0.5):.1f} ms",
            f"p95      {self._part(0.95):.1f} ms",
            f"p99      {self._part(0.99):.1f} ms",
            f"server   {self.cpu / self.created * 1000:.2f} ms of CPU a lead"
            if self.cpu
            else "server   CPU not known here",
            f"checked  {self.created} created, each answered 201 with score and owner, all of them in the base",
            f"machine  {machine.words()}; {self.database}",
        ]

    def _part(self, part: float) -> float:
        return self.taken[min(len(self.taken) - 1, int(len(self.taken) * part))] * 1000


def measure(*, clients: int, seconds: float, postgres: str = "") -> Result:
    """Serve, load, check. Raises CommandError when an answer was wrong or a lead is missing."""
    with installation.serving(postgres) as served:
        before = served.cpu()
        taken = client.load(
            served.port,
            clients=clients,
            warm_up=WARM_UP,
            seconds=seconds,
            request=_requests(served.port, served.token),
            fault=_fault,
        )
        after, created = served.cpu(), len(taken.seconds) + taken.beside
        if taken.wrong:
            raise CommandError(
                f"{len(taken.wrong)} answers of {created + len(taken.wrong)} were wrong: {taken.wrong[0]}"
            )
        if not taken.seconds:
            raise CommandError("No answer came in time.")
        if (found := served.leads()) != created:
            raise CommandError(f"{created} leads were acknowledged, {found} are in the base.")
        cpu = None if before is None or after is None else after - before
        return Result(tuple(sorted(taken.seconds)), seconds, created, cpu, served.database)


def _requests(port: int, token: str) -> Callable[[], bytes]:
    """Makes requests, each of a new person."""
    numbers = itertools.count(1)
    head = (
        f"POST /api/v1/leads HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
    )

    def request() -> bytes:
        number = next(numbers)
        lead = {
            "name": _NAMES[number % len(_NAMES)],
            "phones": [f"0912{number:07d}"],
            "emails": [f"person{number}@example.com"],
            "company": _COMPANIES[number % len(_COMPANIES)],
            "province": _PROVINCES[number % len(_PROVINCES)],
            "source": "google",
            "medium": "cpc",
            "campaign": f"c{number % 20}",
            "consents": [{"purpose": "service", "channel": "call"}],
        }
        body = json.dumps(lead, ensure_ascii=False).encode()
        return f"{head}Idempotency-Key: bench-{number}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return request


def _fault(status: int, body: bytes) -> str:
    if status != 201:
        return f"{status} {body.decode(errors='replace')[:300]}"
    told = json.loads(body)
    is_whole = isinstance(told["score"], int | float) and isinstance(told["owner"], int)
    return "" if is_whole else f"no score or no owner: {told}"
