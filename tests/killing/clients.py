"""Clients that send without pause, each request again with the same key until it is answered."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

PAUSE = 0.1
AGAIN_AFTER = 0.1
GIVE_UP = 120.0  # seconds until a request that nobody answers counts as wrong
FORM = "kill"
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Promises:
    """What was acknowledged, and what was answered wrongly."""

    leads: dict[int, int] = field(default_factory=dict)  # capture, as answered -> person
    forms: list[int] = field(default_factory=list)  # person, once for each form acknowledged
    messages: list[str] = field(default_factory=list)  # message ids of page views
    users: dict[str, int] = field(default_factory=dict)  # message id of a server's identify -> person
    wrong: list[str] = field(default_factory=list)
    again: int = 0  # requests sent again because no answer came


class Clients:
    """Threads that send to 127.0.0.1:`port` until `stop`; `promises` is what came of it."""

    def __init__(self, port: int, *, token: str, write_key: str, server_key: str, seed: int) -> None:
        self.port = port
        self.promises = Promises()
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._write_key, self._server_key = write_key, server_key
        self._numbers = itertools.count(1)  # people
        self._stop = threading.Event()
        self._waiting: set[int] = set()  # threads whose request is sent and not answered
        loops = (self._leads, self._leads, self._leads, self._forms, self._visits, self._users)
        self._threads = [
            threading.Thread(target=self._run, args=(loop, f"c{number}", Random(seed * 100 + number)), daemon=True)
            for number, loop in enumerate(loops)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each end the request that it is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(GIVE_UP + 10)
            if thread.is_alive():
                self.promises.wrong.append("a client did not end")

    def is_waiting(self) -> bool:
        """Whether a request is on its way."""
        return bool(self._waiting)

    def _run(self, loop: Callable[[_Caller, str, Random], None], name: str, dice: Random) -> None:
        caller = _Caller(self)
        try:
            loop(caller, name, dice)
        except Exception as error:
            self.promises.wrong.append(f"{name}: {error!r}")
            raise
        finally:
            caller.hang_up()

    def _leads(self, caller: _Caller, name: str, dice: Random) -> None:
        for number in itertools.count():
            if self._stop.wait(PAUSE):
                return
            person, key = self._person(dice), f"{name}-{number}"
            body = json.dumps(lead_of(person)).encode()
            headers = {**self._headers, "Idempotency-Key": key}
            told = json.loads(caller.answered("POST", "/api/v1/leads", body, headers, (200, 201, 202)))
            if told["capture"] in self.promises.leads:
                self.promises.wrong.append(f"{key} was answered with another's capture: {told}")
            self.promises.leads[told["capture"]] = person
            if dice.random() < 0.05:
                again = json.loads(caller.answered("POST", "/api/v1/leads", body, headers, (200, 201, 202)))
                if again["capture"] != told["capture"]:
                    self.promises.wrong.append(f"{key} made two captures: {told} and {again}")

    def _forms(self, caller: _Caller, name: str, dice: Random) -> None:
        while not self._stop.wait(PAUSE):
            person = self._person(dice)
            page = caller.answered("GET", f"/f/{FORM}", b"", {}, (200,)).decode()
            found = _TOKEN.search(page)
            assert found, page[:2000]
            words = {"name": name_of(person), "phone": phone_of(person), "email": email_of(person)}
            sent = {**words, "form_token": found[1], "visitor_id": device_of(person)}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            caller.answered("POST", f"/f/{FORM}", urlencode(sent).encode(), headers, (302, 303))
            self.promises.forms.append(person)

    def _visits(self, caller: _Caller, name: str, dice: Random) -> None:
        for number in itertools.count():
            if self._stop.wait(PAUSE):
                return
            known = self.promises.forms
            devices = [device_of(dice.choice(known)) if known else device_of(0) for _ in range(3)]
            calls = [
                {
                    "type": "page",
                    "messageId": f"{name}-{number}-{place}",
                    "anonymousId": device,
                    "properties": {"url": "https://shop.example.com/pricing", "path": "/pricing"},
                }
                for place, device in enumerate(devices)
            ]
            body = json.dumps({"batch": calls, "writeKey": self._write_key}).encode()
            caller.answered("POST", "/v1/batch", body, {"Content-Type": "application/json"}, (200,))
            self.promises.messages += [str(call["messageId"]) for call in calls]

    def _users(self, caller: _Caller, name: str, dice: Random) -> None:
        for number in itertools.count():
            if self._stop.wait(PAUSE * 2):
                return
            person, message = self._person(dice), f"{name}-{number}"
            traits = {"name": name_of(person), "phone": phone_of(person), "email": email_of(person)}
            call = {"messageId": message, "anonymousId": device_of(person), "traits": traits}
            headers = {"Authorization": f"Bearer {self._server_key}", "Content-Type": "application/json"}
            caller.answered("POST", "/v1/identify", json.dumps(call).encode(), headers, (200,))
            self.promises.users[message] = person

    def _person(self, dice: Random) -> int:
        """Mostly somebody new, sometimes somebody whom any client has named before."""
        new = next(self._numbers)
        return new if new < 5 or dice.random() < 0.7 else dice.randrange(max(1, new - 50), new)


class _Caller:
    """One client's connection."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._connection: http.client.HTTPConnection | None = None

    def answered(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], accepted: tuple[int, ...]
    ) -> bytes:
        """Send until it is answered with one of `accepted`; the body of the answer. Any 4xx is a failure."""
        deadline = time.monotonic() + GIVE_UP
        while True:
            try:
                status, said = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                status, said = 0, b""
                self.hang_up()
            if status in accepted:
                return said
            if 400 <= status < 500 or time.monotonic() > deadline:
                raise AssertionError(f"{method} {path} {body[:300]!r}: {status} {said[:500]!r}")
            self._clients.promises.again += 1
            time.sleep(AGAIN_AFTER)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._clients.port, timeout=30)
        me = threading.get_ident()
        try:
            self._connection.request(method, path, body, dict(headers))
            self._clients._waiting.add(me)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        finally:
            self._clients._waiting.discard(me)


def lead_of(person: int) -> dict[str, object]:
    """The body of POST /leads; the same for each request about a person."""
    return {
        "name": name_of(person),
        "phones": [phone_of(person)],
        "emails": [email_of(person)],
        "company": f"شرکت {person % 20}",
        "source": "google",
        "consents": [{"purpose": "service", "channel": "call"}],
    }


def name_of(person: int) -> str:
    return f"نفر {person}"


def phone_of(person: int) -> str:
    return f"0912{person:07d}"


def email_of(person: int) -> str:
    return f"person{person}@example.com"


def device_of(person: int) -> str:
    return f"device-{person}"
