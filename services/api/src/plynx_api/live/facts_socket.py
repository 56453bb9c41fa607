"""One websocket that shows many things: each subscription is a task, and all share the connection's pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, TypeVar, cast

from fastapi import WebSocket, WebSocketDisconnect

from plynx_api.context import context_of
from plynx_api.live import sockets
from plynx_api.live.encoding import event_document, pools_document, team_event_document
from plynx_api.live.pool_states import PoolStates
from plynx_api.live.run_events import RunEvents
from plynx_api.live.subscriptions import (
    Subscribe,
    SubscribeToPool,
    SubscribeToRun,
    SubscribeToRuns,
    Unsubscribe,
    read_request,
)
from plynx_api.live.team_runs import TeamRuns
from plynx_api.live.validity import while_valid
from plynx_common.domain.access import Principal, Thing, authorize
from plynx_common.domain.errors import Conflict, PlynxError, Unauthenticated

MOST = 64
"""Subscriptions of one connection."""

Documents = AsyncGenerator[Mapping[str, Any]]
T = TypeVar("T")


class FactsSocket:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._context = context_of(socket)
        self._caller = cast("Principal", socket.state.principal)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Until the client has gone, or was closed."""
        async with asyncio.TaskGroup() as group:
            try:
                while (message := await self._socket.receive())["type"] == "websocket.receive":
                    await self._hear(str(message.get("text") or ""), group)
            except WebSocketDisconnect:
                pass
            for task in self._tasks.values():
                task.cancel()

    async def _hear(self, text: str, group: asyncio.TaskGroup) -> None:
        try:
            self._context.limits.caller(self._caller.token_id)
            request = read_request(text)
            if isinstance(request, Unsubscribe):
                await self._unsubscribe(request.id)
            else:
                self._subscribe(request, group)
        except PlynxError as error:
            await self._tell_problem(None, error)

    def _subscribe(self, request: Subscribe, group: asyncio.TaskGroup) -> None:
        action = type(request).action
        authorize(self._caller, action, Thing(action.partition(".")[0], self._caller.team))
        if request.id in self._tasks:
            raise Conflict(f"subscription '{request.id}' exists: unsubscribe first, or choose another id")
        if len(self._tasks) >= MOST:
            raise Conflict(f"there are {MOST} subscriptions on this connection: unsubscribe, or open another")
        self._context.live.require_room()
        documents = while_valid(self._socket, self._documents(request))
        self._tasks[request.id] = group.create_task(self._forward(request.id, documents))

    async def _unsubscribe(self, id: str) -> None:
        task = self._tasks.get(id)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        await self._tell(id, {"type": "ended"})

    def _documents(self, request: Subscribe) -> Documents:
        context, team = self._context, self._caller.team
        match request:
            case SubscribeToRun():
                run = RunEvents(context.live, context.runs, context.node_runs, with_nodes=request.nodes)
                return _each(run.follow(team, request.run), event_document)
            case SubscribeToRuns():
                return _each(TeamRuns(context.live, context.runs).follow(team), team_event_document)
            case SubscribeToPool():
                pool = request.pool if request.pool is None or "/" in request.pool else f"{team}/{request.pool}"
                states = PoolStates(context.live, context.fleet, context.backends.clock)
                return _each(states.follow(team, pool), pools_document)

    async def _forward(self, id: str, documents: Documents) -> None:
        try:
            async with aclosing(documents):
                async for document in documents:
                    await self._tell(id, document)
            if self._context.live.is_closing:
                await sockets.close(self._socket, sockets.RESTARTS, "the server stops: connect again")
            else:
                await self._tell(id, {"type": "ended"})
        except WebSocketDisconnect:
            return
        except Unauthenticated as error:
            await sockets.give_up(self._socket, error)
        except PlynxError as error:
            await self._tell_problem(id, error)
        finally:
            self._tasks.pop(id, None)

    async def _tell(self, id: str, document: Mapping[str, Any]) -> None:
        await sockets.send(self._socket, {"subscription": id, **document})

    async def _tell_problem(self, id: str | None, error: PlynxError) -> None:
        problem = sockets.problem_document(error, self._socket)
        await sockets.send(self._socket, {"subscription": id, "type": "problem", "problem": problem})


async def _each(things: AsyncGenerator[T], encode: Any) -> Documents:
    async with aclosing(things):
        async for thing in things:
            yield encode(thing)
