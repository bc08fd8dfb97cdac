"""`sarnakh web`: one web process. Several may share a port."""

from __future__ import annotations

import argparse
import asyncio
import gc

HELP = "Run one web process (serve does this for you)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    asyncio.run(_serve(options))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    # granian's server inside this process, not a master with forks: killed, it leaves no orphan on the port.
    from granian.constants import HTTPModes
    from granian.log import LogLevels
    from granian.server.embed import Server

    from sarnakh.project.rsgi import Application
    from sarnakh.project.supervisor import end_with_parent, stop_on_signals

    # What is loaded by now stays: the collector need not walk through it again and again.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    stop = stop_on_signals()
    if options.supervised:
        end_with_parent(stop)
    server = Server(
        Application(),
        address=options.host,
        port=options.port,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_level=LogLevels.error,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    stop.set()
    await serving
