"""The outermost layer: request ids, limits of bodies, headers for safety. Plain ASGI, so that streams stay streams."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import structlog

from plynx_api.problems import REQUEST_ID, problem_response
from plynx_api.refusals import BodyTooLarge, MalformedBody, UnsupportedBody
from plynx_common.domain.errors import PlynxError
from plynx_common.interfaces.clock import Ids

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DEEPEST_JSON = 64
SMALL_BODY = 64 * 1024
WITH_DOCUMENTS = ("/api/v1/runs", "/api/v1/graphs", "/api/v1/operations")
BODY_SETTING = "PLYNX_API_BODY_LIMIT"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_SAFETY = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
}


class Disconnected(Exception):
    """Nobody is there to answer."""


class Front:
    def __init__(self, app: App, ids: Ids, body_limit: int) -> None:
        self._app = app
        self._ids = ids
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _header(scope, b"x-request-id")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = self._ids.new("req-")
        scope[REQUEST_ID] = request_id
        send = _with_headers(send, request_id.encode())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                if scope["method"] in _WITH_BODY:
                    receive = _replayed(await self._body(scope, receive), receive)
            except PlynxError as error:
                await problem_response(error, request_id)(scope, receive, send)
                return
            except Disconnected:
                return
            await self._app(scope, receive, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read whole before anybody looks at it; raises `BodyTooLarge`, `MalformedBody` or `UnsupportedBody`."""
        limit = self._limit(scope)
        length = _header(scope, b"content-length")
        if length.isdigit() and int(length) > limit:
            raise _too_large(int(length), limit)
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body += message.get("body", b"")
            if len(body) > limit:
                raise _too_large(len(body), limit)
            if not message.get("more_body"):
                break
        if body and cast("str", scope["path"]).startswith("/api/"):
            _refuse_what_is_no_json(_header(scope, b"content-type"))
            _refuse_depth(body)
        return bytes(body)

    def _limit(self, scope: Scope) -> int:
        path = cast("str", scope["path"])
        return self._body_limit if path.startswith(WITH_DOCUMENTS) else min(SMALL_BODY, self._body_limit)


def _too_large(size: int, limit: int) -> BodyTooLarge:
    remedy = f", or raise {BODY_SETTING}" if limit != SMALL_BODY else ""
    return BodyTooLarge(f"the body has {size} bytes or more, at most {limit} are taken here: send less{remedy}")


def _refuse_what_is_no_json(content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedBody(f"the body is '{kind or 'of no content type'}': expected 'application/json'")


def _refuse_depth(body: bytes | bytearray) -> None:
    """Before a parser that recurses sees it."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST_JSON:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST_JSON:
            raise MalformedBody(f"the body is nested more than {DEEPEST_JSON} levels deep: make it flatter")


def _replayed(body: bytes, receive: Receive) -> Receive:
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send, request_id: bytes) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(cast("list[tuple[bytes, bytes]]", message.get("headers", [])))
            names = {name.lower() for name, _ in given}
            safety = [(name, value) for name, value in _SAFETY.items() if name not in names]
            message["headers"] = [*given, *safety, (b"x-request-id", request_id)]
        await send(message)

    return send_with_headers


def _header(scope: Scope, name: bytes) -> str:
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
