"""The little HTTP that the transfer endpoint needs, straight on ASGI: a framework costs more than the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, cast

import orjson

from plynx_common.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PlynxError,
    Unauthenticated,
    Unavailable,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LARGEST_JSON = 8 * 1024 * 1024
"""Bytes: a token names each digest its attempt may read."""

STATUS: dict[type[PlynxError], int] = {
    InvalidInput: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
}
_JSON: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
_PROBLEM: Headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]


class Disconnected(Exception):
    """Nobody is there to answer."""


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body; raises `Disconnected` where it ends before its end."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        if body := message.get("body"):
            yield body
        if not message.get("more_body"):
            return


async def read_json(receive: Receive) -> dict[str, Any]:
    """Raises `InvalidInput` unless the body is a JSON object of bearable size."""
    message = await receive()
    body = cast("bytes", message.get("body", b""))
    if message.get("more_body"):
        body = await _rest(body, receive)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            f"the body is no JSON ({error}): expected an object, see docs/reference/transfers.md"
        ) from error
    if not isinstance(document, dict):
        raise InvalidInput("the body is no JSON object: see docs/reference/transfers.md")
    return cast("dict[str, Any]", document)


async def _rest(start: bytes, receive: Receive) -> bytes:
    body = bytearray(start)
    async for chunk in chunks(receive):
        body += chunk
        if len(body) > LARGEST_JSON:
            raise InvalidInput(f"the body is larger than {LARGEST_JSON} bytes: send fewer objects at once")
    return bytes(body)


async def send_json(send: Send, content: object) -> None:
    await send_whole(send, 200, _JSON, orjson.dumps(content))


async def send_problem(send: Send, error: PlynxError, status: int | None = None) -> None:
    """RFC 9457, as the API does."""
    if status is None:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    problem = {"type": "about:blank", "status": status, "code": error.code, "title": error.message}
    headers = [*_PROBLEM, (b"retry-after", b"1")] if status == 503 else _PROBLEM
    await send_whole(send, status, headers, orjson.dumps(problem))


async def send_whole(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str | None:
    for key, value in cast("Headers", scope["headers"]):
        if key == name:
            return value.decode("latin-1")
    return None
