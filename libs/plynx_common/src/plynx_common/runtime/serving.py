"""An ASGI application on a port, inside this process: ready when entered, its last answers sent when left."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime.websockets import WebSocketProtocol

_DRAIN_SECONDS = 10
_KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep idle connections: else some request meets one that closes this very moment."""


LARGEST_SOCKET_MESSAGE = 64 * 1024
"""Bytes of a message to a websocket; a longer one closes it with 1009, message too big."""
_PING_SECONDS = 20.0
"""Between pings to a websocket, and until one must be answered: else it is closed with 1011, keepalive ping timeout."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What not every server does."""

    websockets: bool = False
    trusted_proxies: str = ""
    """Whose `X-Forwarded-For` and `-Proto` are believed: addresses and networks, separated by commas."""


@asynccontextmanager
async def serving(app: Any, host: str, port: int, *, setting: str, options: Serving = Serving()) -> AsyncGenerator[int]:
    """Yields the port, a free one where 0 was asked for; raises `Misconfigured` that names `setting` if it is taken."""
    listener = listening(host, port, setting)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws=WebSocketProtocol if options.websockets else "none",
        ws_max_size=LARGEST_SOCKET_MESSAGE,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=False,  # each follower's own compression of the same log would cost a core
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=options.trusted_proxies,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    # Not `serve()`: it takes the process's signals, and wakes up ten times a second for a Date header.
    await server.startup(sockets=[listener])
    try:
        yield int(listener.getsockname()[1])
    finally:
        await _stop(server, listener)


async def _stop(server: uvicorn.Server, listener: socket.socket) -> None:
    """As uvicorn's own, without its pause: idle connections close at once, busy ones after their answer."""
    for listening_server in server.servers:
        listening_server.close()
    listener.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    if tasks := set(server.server_state.tasks):
        _, late = await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()


def listening(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named: without, each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"cannot listen on '{host}' port {port} ({error.strerror}): stop what uses it, or set {setting} to another"
        ) from error
    listener.setblocking(False)
    return listener
