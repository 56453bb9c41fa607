"""Bodies of requests: read whole up to a limit, JSON only, no deeper than 64 levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import orjson
from starlette.requests import ClientDisconnect, Request

from plynx_api.refusals import BodyTooLarge, MalformedBody, UnsupportedBody

DEEPEST_JSON = 64
SMALL_BODY = 64 * 1024
WITH_DOCUMENTS = ("/api/v1/runs", "/api/v1/graphs", "/api/v1/operations")
"""Where graphs and operations are sent to."""
BODY_SETTING = "PLYNX_API_BODY_LIMIT"
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class ReadRequest(Request):
    """A request whose body has been read; the framework parses nothing again."""

    def __init__(self, request: Request, content: bytes, document: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._content = content
        self._document = document

    async def body(self) -> bytes:
        return self._content

    async def json(self) -> Any:
        return self._document


async def with_json(request: Request, document_limit: int) -> ReadRequest:
    """Raises `BodyTooLarge`, `UnsupportedBody`, `MalformedBody`."""
    takes_document = request.url.path.startswith(WITH_DOCUMENTS)
    content = await read_whole(request, document_limit if takes_document else min(SMALL_BODY, document_limit))
    if not content:
        return ReadRequest(request, content, None)
    _refuse_what_is_no_json(request.headers.get("content-type", ""))
    return ReadRequest(request, content, parse(content))


async def read_whole(request: Request, limit: int) -> bytes:
    """Raises `BodyTooLarge` as soon as it is known to be."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(int(length), limit)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(len(body), limit)
    except ClientDisconnect:
        raise MalformedBody("the connection ended before the body did: send it again") from None
    return bytes(body)


def parse(body: bytes) -> Any:
    """Raises `MalformedBody`."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is no JSON: {error}") from None
    # Most bodies cannot be deep, whatever they hold; few of the others have brackets in texts, and are looked at.
    if may_be_deeper(body, DEEPEST_JSON) and is_deeper(document, DEEPEST_JSON):
        raise MalformedBody(f"the body is nested more than {DEEPEST_JSON} levels deep: make it flatter")
    return document


def may_be_deeper(body: bytes, levels: int) -> bool:
    """By its brackets alone: each round takes the innermost level off. Brackets in texts may make it err to `True`."""
    brackets = body.translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(levels):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def is_deeper(document: Any, levels: int) -> bool:
    """Level by level, so that depth costs no stack."""
    level: list[Any] = [document] if type(document) in {dict, list} else []
    for _ in range(levels):
        if not level:
            return False
        level = [inner for outer in level for inner in _values(outer) if type(inner) in {dict, list}]
    return bool(level)


def _values(container: Any) -> Iterable[Any]:
    return cast("dict[str, Any]", container).values() if type(container) is dict else container


def _too_large(size: int, limit: int) -> BodyTooLarge:
    remedy = f", or raise {BODY_SETTING}" if limit != SMALL_BODY else ""
    return BodyTooLarge(f"the body has {size} bytes or more, at most {limit} are taken here: send less{remedy}")


def _refuse_what_is_no_json(content_type: str) -> None:
    """A form that a foreign page submits can never look like this, whatever cookies come with it."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedBody(f"the body is '{kind or 'of no content type'}': expected 'application/json'")
