"""A real SMTP server on loopback that keeps what it takes, and can refuse, hang or hang up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from machine import free_port


class Mailbox:
    """What the server took (`messages`, in order) and how it behaves from now on.

    `at_rcpt`, `at_data`: the reply to give there instead of 250 ("550 no such user", "451 later"); `unknown`: addresses
    it does not know.
    `hang`: take the text and never answer. `drop`: hang up after the text. `then`: called before the 250 goes out.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.at_rcpt = ""
        self.at_data = ""
        self.unknown: set[str] = set()
        self.hang = False
        self.drop = False
        self.then: Callable[[], None] | None = None
        self.got_text = threading.Event()
        self.connections = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt or address in self.unknown:
            return self.at_rcpt or "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.got_text.set()
        if self.hang:
            await asyncio.Event().wait()
        if self.drop:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if self.at_data:
            return self.at_data
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        if self.then is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.then)
        return "250 OK"


class Server(Mailbox):
    """The mailbox with the address at which it listens."""

    def __init__(self) -> None:
        super().__init__()
        self.host, self.port = "127.0.0.1", free_port()

    @property
    def url(self) -> str:
        """For SARNAKH_SMTP_URL."""
        return f"smtp://{self.host}:{self.port}"


@contextmanager
def smtp_server() -> Iterator[Server]:
    """A server for the length of the block."""
    server = Server()
    controller = Controller(server, hostname=server.host, port=server.port, enable_SMTPUTF8=False)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
