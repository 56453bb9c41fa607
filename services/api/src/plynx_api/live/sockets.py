"""Websockets: let in or told why not, closed with a code and words, and left as soon as the other side is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from plynx_api.context import context_of
from plynx_api.principals import admit
from plynx_api.problems import REQUEST_ID, problem_response
from plynx_api.routing import DENIALS
from plynx_common.domain.errors import PlynxError, Unavailable

DONE = 1000
REFUSED = 1008
"""What was asked makes no sense, or the right to it is over: coming again as before will not help."""
RESTARTS = 1012
"""The server stops: come again at once, another may be there."""
LATER = 1013
"""Something needed does not answer: come again in a moment."""
LONGEST_REASON = 123
"""Bytes, by RFC 6455."""


async def admitted(socket: WebSocket, route: str) -> bool:
    """Whether the route's row in the policy lets it in; else it was told why by an HTTP answer, as a problem."""
    context = context_of(socket)
    try:
        await admit(socket, context, route)
        context.live.require_room()
    except PlynxError as error:
        if isinstance(error, DENIALS):
            context.audit.denied(socket, route, error)
        await deny(socket, error)
        return False
    return True


async def deny(socket: WebSocket, error: PlynxError) -> None:
    """Before it was accepted."""
    await socket.send_denial_response(problem_response(error, request_id(socket)))


async def give_up(socket: WebSocket, error: PlynxError) -> None:
    """After it was accepted."""
    await send(socket, {"type": "problem", "problem": problem_document(error, socket)})
    await close(socket, LATER if isinstance(error, Unavailable) else REFUSED, f"{error.code}: {error.message}")


async def close(socket: WebSocket, code: int, reason: str) -> None:
    if is_open(socket):
        await socket.close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))


async def send(socket: WebSocket, document: Mapping[str, Any]) -> None:
    """Returns when the connection has room: who reads slowly waits here, and nothing heaps up.

    Raises `WebSocketDisconnect`.
    """
    if not is_open(socket):
        raise WebSocketDisconnect(1006)
    await socket.send_text(orjson.dumps(document).decode())


def is_open(socket: WebSocket) -> bool:
    return socket.application_state is WebSocketState.CONNECTED


async def send_all(socket: WebSocket, documents: AsyncGenerator[Mapping[str, Any]]) -> None:
    async with aclosing(documents):
        async for document in documents:
            await send(socket, document)


async def while_there(socket: WebSocket, work: Awaitable[None]) -> None:
    """Until the work is done, or the other side has gone; what it says is not listened to."""
    tasks = {asyncio.ensure_future(work), asyncio.ensure_future(_gone(socket))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        # That it has gone may be seen by who sends, too.
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def problem_document(error: PlynxError, socket: WebSocket) -> Mapping[str, Any]:
    """As the body of an HTTP answer."""
    return orjson.loads(problem_response(error, request_id(socket)).body)


def request_id(socket: WebSocket) -> str:
    return str(socket.scope.get(REQUEST_ID, ""))
