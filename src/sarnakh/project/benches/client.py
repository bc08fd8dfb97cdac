"""Many clients in one thread over plain keep-alive sockets: what is measured is the server, not them."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

GRACE = 20.0  # seconds that the last answers may take


@dataclass
class Taken:
    """What came of it: `seconds` of each answer that counted, how many came before or after, and what was wrong."""

    seconds: list[float] = field(default_factory=list)
    beside: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Client:
    sock: socket.socket
    began: float = 0.0
    buffer: bytes = b""


def load(
    port: int,
    *,
    clients: int,
    warm_up: float,
    seconds: float,
    request: Callable[[], bytes],
    fault: Callable[[int, bytes], str],
) -> Taken:
    """Each client sends a `request` and, once answered, the next, for `warm_up` and then `seconds` seconds.

    `fault` says what is wrong with an answer (status, body), "" if nothing is.
    """
    taken = Taken()
    begin = time.perf_counter()
    counts_from, ends = begin + warm_up, begin + warm_up + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = _Client(sock)
            selector.register(sock, selectors.EVENT_READ, client)
            _send(client, request())
        waiting = clients
        while waiting:
            ready = selector.select(GRACE)
            if not ready:
                taken.wrong.append(f"{waiting} clients got no answer in {GRACE:.0f} s")
                break
            for key, _ in ready:
                client = key.data
                answer = _received(client)
                if answer is None:
                    continue
                now = time.perf_counter()
                if what := fault(*answer):
                    taken.wrong.append(what)
                elif counts_from <= now <= ends:
                    taken.seconds.append(now - client.began)
                else:
                    taken.beside += 1
                if now < ends and answer[0]:
                    _send(client, request())
                else:
                    selector.unregister(client.sock)
                    client.sock.close()
                    waiting -= 1
    return taken


def _send(client: _Client, request: bytes) -> None:
    client.began = time.perf_counter()
    client.sock.sendall(request)


def _received(client: _Client) -> tuple[int, bytes] | None:
    """The answer once it is whole; status 0 when the connection was closed."""
    piece = client.sock.recv(65536)
    if not piece:
        return 0, client.buffer
    client.buffer += piece
    head, found, body = client.buffer.partition(b"\r\n\r\n")
    if not found:
        return None
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    if len(body) < int(length):
        return None
    client.buffer = b""
    return int(head[9:12]), body
