"""Live things on the wire: one JSON object each, as lines or as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import orjson
from fastapi import Request
from fastapi.responses import StreamingResponse

from plynx_api.live.tailing import AttemptChanged, Data, Frame, Ping, Sealed
from plynx_common.domain.values import to_text

EVENT_STREAM = "text/event-stream"
JSON_LINES = "application/x-ndjson"

T = TypeVar("T")


def streamed(
    request: Request, things: AsyncGenerator[T], encode: Callable[[T], Mapping[str, Any]]
) -> StreamingResponse:
    """As the request's Accept header asks for; JSON lines where it does not say."""
    as_events = EVENT_STREAM in request.headers.get("accept", "")
    content = _encoded(things, encode, b"data: %b\n\n" if as_events else b"%b\n")
    return StreamingResponse(content, media_type=EVENT_STREAM if as_events else JSON_LINES)


async def _encoded(
    things: AsyncGenerator[T], encode: Callable[[T], Mapping[str, Any]], line: bytes
) -> AsyncGenerator[bytes]:
    async with aclosing(things):  # a reader that goes away must not be listened for any longer
        async for thing in things:
            yield line % orjson.dumps(encode(thing))


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
