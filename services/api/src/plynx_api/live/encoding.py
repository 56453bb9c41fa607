"""Live things on the wire: one JSON object each, as lines or as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, TypeVar

import orjson
import structlog
from fastapi import Request
from fastapi.responses import StreamingResponse

from plynx_api.fleet import PoolState
from plynx_api.live import run_events
from plynx_api.live.run_events import Event, Snapshot
from plynx_api.live.tailing import AttemptChanged, Data, Frame, Ping, Sealed
from plynx_api.live.team_runs import RunSeen, TeamEvent, TeamSnapshot
from plynx_api.live.validity import while_valid
from plynx_api.views import run_view
from plynx_common.domain.errors import Unauthenticated, Unavailable
from plynx_common.domain.run import Run
from plynx_common.domain.values import to_text
from plynx_common.messages.runs import RunChanged

EVENT_STREAM = "text/event-stream"
JSON_LINES = "application/x-ndjson"

T = TypeVar("T")

log = structlog.get_logger()


async def begun(things: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The same, after its first thing is there: what it raises before that is still answered as a problem."""
    return _after(await anext(things), things)


async def _after(first: T, rest: AsyncGenerator[T]) -> AsyncGenerator[T]:
    async with aclosing(rest):
        yield first
        async for thing in rest:
            yield thing


def streamed(
    request: Request, things: AsyncGenerator[T], encode: Callable[[T], Mapping[str, Any]]
) -> StreamingResponse:
    """As the request's Accept header asks for; JSON lines where it does not say. Ends with the caller's token."""
    as_events = EVENT_STREAM in request.headers.get("accept", "")
    content = _encoded(while_valid(request, things), encode, b"data: %b\n\n" if as_events else b"%b\n")
    return StreamingResponse(content, media_type=EVENT_STREAM if as_events else JSON_LINES)


async def _encoded(
    things: AsyncGenerator[T], encode: Callable[[T], Mapping[str, Any]], line: bytes
) -> AsyncGenerator[bytes]:
    async with aclosing(things):  # a reader that goes away must not be listened for any longer
        try:
            async for thing in things:
                yield line % orjson.dumps(encode(thing))
        except (Unauthenticated, Unavailable) as error:
            # An answer that has begun cannot be refused any more: it ends without its last word, and who comes again
            # is told why.
            log.info("stream_ended", code=error.code, reason=error.message)


def frame_document(frame: Frame) -> Mapping[str, Any]:
    """`data` is text: one latin-1 character for each byte."""
    match frame:
        case Data():
            return {"type": "data", "offset": frame.offset, "data": to_text(frame.data)}
        case Sealed():
            return {"type": "sealed", "total": frame.total, "truncated": frame.truncated}
        case AttemptChanged():
            return {"type": "attempt_changed", "attempt": frame.attempt}
        case Ping():
            return {"type": "ping"}


def event_document(event: Event) -> Mapping[str, Any]:
    """Of one run."""
    match event:
        case Snapshot():
            return {"type": "snapshot", "run": _run(event.run), "nodes": event.nodes}
        case RunChanged():
            return fact_document(event)
        case run_events.Ping():
            return {"type": "ping"}


def team_event_document(event: TeamEvent) -> Mapping[str, Any]:
    match event:
        case TeamSnapshot():
            return {"type": "snapshot", "runs": [_run(run) for run in event.runs]}
        case RunSeen():
            return {"type": "run", "run": _run(event.run)}
        case RunChanged():
            return fact_document(event)
        case run_events.Ping():
            return {"type": "ping"}


def pools_document(event: list[PoolState] | run_events.Ping) -> Mapping[str, Any]:
    if isinstance(event, run_events.Ping):
        return {"type": "ping"}
    return {"type": "snapshot", "pools": [{**asdict(state), "demand": state.ready + state.running} for state in event]}


def fact_document(fact: RunChanged) -> Mapping[str, Any]:
    return {"type": RunChanged.type, **fact.__dict__, "nodes": [change.__dict__ for change in fact.nodes]}


def _run(run: Run) -> dict[str, Any]:
    return run_view(run).model_dump(mode="json")
