"""The outermost layer: request ids, and headers for safety. Plain ASGI, so that streams stay streams."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import structlog

from plynx_api.problems import REQUEST_ID
from plynx_common.interfaces.clock import Ids

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SAFETY = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",  # for browsers that do not know `frame-ancestors`
}
_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})


class Front:
    def __init__(self, app: App, ids: Ids) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _header(scope, b"x-request-id")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = self._ids.new("req-")
        scope[REQUEST_ID] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, _with_headers(send, request_id.encode()))


def _with_headers(send: Send, request_id: bytes) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] in _STARTS:
            given = list(cast("list[tuple[bytes, bytes]]", message.get("headers", [])))
            names = {name.lower() for name, _ in given}
            safety = [(name, value) for name, value in _SAFETY.items() if name not in names]
            message["headers"] = [*given, *safety, (b"x-request-id", request_id)]
        await send(message)

    return send_with_headers


def _header(scope: Scope, name: bytes) -> str:
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
