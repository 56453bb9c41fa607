"""Live: websockets for facts and logs, tickets for them, and the streams of a team's runs and pools over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from plynx_api.context import ApiContext, Context, context_of
from plynx_api.live import sockets
from plynx_api.live.encoding import (
    EVENT_STREAM,
    JSON_LINES,
    begun,
    frame_document,
    pools_document,
    streamed,
    team_event_document,
)
from plynx_api.live.facts_socket import FactsSocket
from plynx_api.live.pool_states import PoolStates
from plynx_api.live.tailing import Frame, Sealed, place_of
from plynx_api.live.team_runs import TeamRuns
from plynx_api.live.validity import while_valid
from plynx_api.principals import Caller
from plynx_api.routes.run_nodes import Stream, node_of
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import InvalidInput, PlynxError
from plynx_common.domain.issues import summary
from plynx_common.domain.parsing import parse

router = APIRouter(route_class=GuardedRoute, tags=["live"])
websockets = APIRouter()
"""Outside of any prefix; each asks `sockets.admitted` first."""

STREAMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {EVENT_STREAM: {}, JSON_LINES: {}}, "description": "A snapshot, then each change."}
}


class Ticket(View):
    ticket: str
    """For `?ticket=` of a websocket's address: once, and for a few seconds."""
    expires_at: datetime


class LogRequest(BaseModel):
    """The query of `/ws/logs`, as the HTTP twin has it in path and query."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    run: str = Field(max_length=200)
    node: str = Field(max_length=1000)
    stream: Stream = Stream.STDOUT
    start: int = Field(default=0, ge=0, alias="from")
    attempt: int | None = Field(default=None, ge=0)
    onward: bool = False


@router.post("/tickets", status_code=201)
async def create_ticket(context: Context, caller: Caller) -> Ticket:
    """For a websocket of somebody who cannot send a header there; it may what the caller's token may."""
    ticket, expires_at = await context.tickets.issue(caller)
    return Ticket(ticket=ticket, expires_at=expires_at)


@router.get("/runs/events", response_class=StreamingResponse, responses=STREAMS)
async def follow_runs(request: Request, context: Context, caller: Caller) -> StreamingResponse:
    """The newest runs of the team, then each change of any of them, until the server stops.

    JSON lines, or server-sent events where the header `Accept: text/event-stream` asks for them: `snapshot` with the
    newest runs, `run` with one that is new or of which changes were missed, `run.changed` with a run's `seq`, state and
    counts, `ping`. Who connects again gets a snapshot first.
    """
    context.live.require_room()
    events = await begun(TeamRuns(context.live, context.runs).follow(caller.team))
    return streamed(request, events, team_event_document)


@router.get("/pools/events", response_class=StreamingResponse, responses=STREAMS)
async def follow_pools(
    request: Request,
    context: Context,
    caller: Caller,
    pool: Annotated[str | None, Query(max_length=200, description="Only this one, as `team/gpu`.")] = None,
) -> StreamingResponse:
    """The pools of the team as they are, whole each time that anything has changed."""
    context.live.require_room()
    states = PoolStates(context.live, context.fleet, context.backends.clock)
    return streamed(request, states.follow(caller.team, pool), pools_document)


@websockets.websocket("/ws")
async def follow_facts(websocket: WebSocket) -> None:
    """Subscriptions to a run, to the runs of the team, to its pools; see `live/subscriptions.py`."""
    if await sockets.admitted(websocket, "follow_facts"):
        await websocket.accept()
        await FactsSocket(websocket).serve()


@websockets.websocket("/ws/logs")
async def follow_log(websocket: WebSocket) -> None:
    """The frames of one stream of a node, by the tail contract; who comes again sends its last offset."""
    if not await sockets.admitted(websocket, "follow_log"):
        return
    context, caller = context_of(websocket), cast("Principal", websocket.state.principal)
    try:
        frames = await _frames(context, caller, dict(websocket.query_params))
    except PlynxError as error:
        await sockets.deny(websocket, error)
        return
    await websocket.accept()
    await sockets.while_there(websocket, _send_frames(websocket, while_valid(websocket, frames)))


async def _frames(context: ApiContext, caller: Principal, query: dict[str, str]) -> AsyncGenerator[Frame]:
    """Raises `InvalidInput` or `NotFound`."""
    asked, issues = parse(LogRequest, query, "query")
    if asked is None:
        raise InvalidInput(f"the query is not valid: {summary(issues)}", tuple(issues))
    node = await node_of(context, caller.team, asked.run, asked.node)
    place = place_of(node, asked.stream.value, asked.attempt)
    goes_on = not asked.attempt or asked.onward
    follow = context.tails.of_node if goes_on else context.tails.of_attempt
    return follow(place, asked.start)


async def _send_frames(socket: WebSocket, frames: AsyncGenerator[Frame]) -> None:
    last: Frame | None = None
    try:
        async with aclosing(frames):
            async for frame in frames:
                await sockets.send(socket, frame_document(frame))
                last = frame
    except PlynxError as error:
        await sockets.give_up(socket, error)
        return
    if isinstance(last, Sealed):
        await sockets.close(socket, sockets.DONE, "sealed: this was all of it")
    else:
        await sockets.close(socket, sockets.RESTARTS, "the server stops: connect again with your last offset")
