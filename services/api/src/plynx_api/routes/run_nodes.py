"""The nodes of a run, and their logs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from plynx_api.context import ApiContext, Context, context_of
from plynx_api.live.encoding import EVENT_STREAM, JSON_LINES, frame_document, streamed
from plynx_api.live.shared_reads import AT_ONCE
from plynx_api.live.tailing import Data, Place, place_of
from plynx_api.live.validity import while_valid
from plynx_api.pages import Cursor, Limit, Page, decode_cursor, page_of
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import NodeView, node_view
from plynx_common.domain.errors import NotFound, Unauthenticated
from plynx_common.domain.ids import pool_name
from plynx_common.domain.node_run import NodeRun
from plynx_common.domain.run import Run
from plynx_common.repositories.logs import LogSlice

router = APIRouter(route_class=GuardedRoute, prefix="/runs/{run_id}/nodes", tags=["run nodes"])

LARGEST_PIECE = 4 * 1024 * 1024
ATTEMPT = "By default the newest; 0: none yet, so that `attempt_changed` says which one comes first."
TEXT = "text/plain; charset=utf-8"


class Stream(StrEnum):
    STDOUT = "stdout"
    STDERR = "stderr"
    WORKER = "worker"


@router.get("")
async def list_run_nodes(
    run_id: str, context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Page[NodeView]:
    """In the order of their ids."""
    await context.runs.get(caller.team, run_id, summary=True)
    place = decode_cursor(cursor, 1)
    found = await context.node_runs.of_run(run_id, limit=limit + 1, after=place[0] if place else None)
    return page_of(found, limit, node_view, lambda node: (node.node,))


@router.get("/{node_id}")
async def get_run_node(run_id: str, node_id: str, context: Context, caller: Caller) -> NodeView:
    return node_view(await node_of(context, caller.team, run_id, node_id))


async def node_of(context: ApiContext, team: str, run_id: str, node_id: str) -> NodeRun:
    """Raises `NotFound`, also for a node of another team's run."""
    run = await context.runs.get(team, run_id, summary=True)
    try:
        return await context.node_runs.get(run_id, node_id)
    except NotFound:
        if run.is_terminal:
            raise
    return _not_yet_planned(await context.runs.get(team, run_id), node_id)


def _not_yet_planned(run: Run, node_id: str) -> NodeRun:
    """As the scheduler will make it in a moment: who has just submitted a run may already ask. Raises `NotFound`."""
    for node in run.graph["nodes"]:
        if node["id"] == node_id:
            operation = run.graph.get("operations", {}).get(node["operation"], {})
            pool = pool_name(run.team, node.get("pool") or operation.get("pool") or "")
            return NodeRun(run=run.id, node=node_id, team=run.team, pool=pool)
    raise NotFound(f"run '{run.id}' has no node '{node_id}'")


@router.get(
    "/{node_id}/logs/{stream}",
    response_class=Response,
    responses={200: {"content": {TEXT: {}, EVENT_STREAM: {}, JSON_LINES: {}}, "description": "The bytes, or frames."}},
)
async def get_node_log(
    run_id: str,
    node_id: str,
    stream: Stream,
    request: Request,
    context: Context,
    caller: Caller,
    start: Annotated[int, Query(alias="from", ge=0, description="Offset of the first byte.")] = 0,
    limit: Annotated[int | None, Query(ge=1, le=LARGEST_PIECE, description="Bytes at most; by default all.")] = None,
    attempt: Annotated[int | None, Query(ge=0, description=ATTEMPT)] = None,
    *,
    follow: Annotated[bool, Query(description="Wait for what is still written, to the end.")] = False,
    onward: Annotated[bool, Query(description="Frames go on after the named attempt too: who comes again.")] = False,
) -> Response:
    """The bytes of one stream from an offset on.

    As they are, or as frames where the header `Accept` asks for `text/event-stream` or `application/x-ndjson`: `data`
    (one latin-1 character a byte, with its offset), `sealed`, `attempt_changed`, `ping`. Frames go on with the attempts
    that follow, unless one was asked for without `onward`: with both, a connection that broke is taken up again. A
    restored node has the log of the attempt that its outputs come from.
    """
    node = await node_of(context, caller.team, run_id, node_id)
    place = place_of(node, stream.value, attempt)
    if not follow:
        return await _so_far(context, place, start, limit)
    context.live.require_room()
    wanted = request.headers.get("accept", "")
    if EVENT_STREAM in wanted or JSON_LINES in wanted:
        follow_on = context.tails.of_node if not attempt or onward else context.tails.of_attempt
        frames = follow_on(place, start)
        return streamed(request, frames, frame_document)
    headers = {"X-Log-Offset": str(start), "X-Log-Attempt": str(place.attempt), "X-Log-Run": place.run}
    return StreamingResponse(_bytes(request, place, start), headers=headers, media_type=TEXT)


async def _so_far(context: ApiContext, place: Place, start: int, limit: int | None) -> Response:
    """`X-Log-Sealed: true` with `X-Log-End` = `X-Log-Total`: there is no more, and never will be."""
    if not place.attempt:
        return Response(b"", headers={"X-Log-Attempt": "0", "X-Log-Offset": "0", "X-Log-End": "0"}, media_type=TEXT)
    piece = await context.logs.read(place.name, place.stream, start=start, limit=limit or AT_ONCE)
    headers = {
        "X-Log-Attempt": str(place.attempt),
        "X-Log-Run": place.run,
        "X-Log-Offset": str(piece.offset),
        "X-Log-Sealed": str(piece.sealed).lower(),
        "X-Log-Truncated": str(piece.truncated).lower(),
    }
    if piece.total is not None:
        headers["X-Log-Total"] = str(piece.total)
    if limit is None and len(piece.data) == AT_ONCE:
        return StreamingResponse(_pieces(context, place, piece), headers=headers, media_type=TEXT)
    headers["X-Log-End"] = str(piece.end)
    return Response(piece.data, headers=headers, media_type=TEXT)


async def _pieces(context: ApiContext, place: Place, piece: LogSlice) -> AsyncGenerator[bytes]:
    """A log may have 24 MiB: never all of it in memory."""
    while piece.data:
        yield piece.data
        piece = await context.logs.read(place.name, place.stream, start=piece.end, limit=AT_ONCE)


async def _bytes(request: Request, place: Place, start: int) -> AsyncGenerator[bytes]:
    """Of the attempt that was the newest; of a node that none was started of, of its first one, or its origin's."""
    tails = context_of(request).tails
    if not place.attempt:
        node = await tails.started(place)
        if node is None:
            return
        place = place_of(node, place.stream)
        if not place.attempt:
            return
    with suppress(Unauthenticated):  # an answer that has begun ends; who comes again is told why
        async with aclosing(while_valid(request, tails.of_attempt(place, start))) as frames:
            async for frame in frames:
                if isinstance(frame, Data):
                    yield frame.data
