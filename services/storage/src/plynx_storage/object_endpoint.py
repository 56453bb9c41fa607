"""Serves the signed URLs of an object store that has no server of its own; answers as S3 would."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import parse_qs

from plynx_common.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    ObjectsUnavailable,
    PlynxError,
    Unauthenticated,
)
from plynx_common.interfaces.objects import ObjectStore, ServedObjects, SignedTransfer, disposition
from plynx_storage.http import Disconnected, Headers, Receive, Scope, Send, chunks, header, send_problem, send_whole

OBJECTS_PATH = "/objects/"
_AT_ONCE = 1024 * 1024
_DOWNLOAD_POLICY = b"sandbox; default-src 'none'"
_PAGE_POLICY = (
    b"sandbox allow-scripts; default-src https: data: blob: 'unsafe-inline' 'unsafe-eval'; "
    b"connect-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'"
)
"""Of somebody's page: the sandbox gives it an origin of its own wherever it is opened, in a frame or in a tab.

See docs/decisions/0010-show-pages-from-the-object-store.md.
"""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
STATUS: dict[type[PlynxError], int] = {
    InvalidInput: 400,
    Unauthenticated: 403,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 412,
    ObjectsUnavailable: 503,
}


class ObjectEndpoint:
    def __init__(self, served: ServedObjects, objects: ObjectStore) -> None:
        self._served = served
        self._objects = objects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            transfer = self._transfer(scope)
            if transfer.method == "PUT":
                await self._put(transfer, scope, receive, send)
            else:
                await self._get(transfer, scope, send)
        except PlynxError as error:
            await send_problem(send, error, STATUS.get(type(error)))

    def _transfer(self, scope: Scope) -> SignedTransfer:
        query = parse_qs(cast("bytes", scope["query_string"]).decode("latin-1"))
        grant = query.get("grant", [""])[0]
        return self._served.check(cast("str", scope["method"]), cast("str", scope["path"])[len(OBJECTS_PATH) :], grant)

    async def _put(self, transfer: SignedTransfer, scope: Scope, receive: Receive, send: Send) -> None:
        _refuse_other_headers(transfer, scope)
        incoming = self._served.receive(transfer)
        finished = False
        try:
            async for chunk in chunks(receive):
                await incoming.write(chunk)
            etag = await incoming.finish()
            finished = True
        finally:
            if not finished:
                incoming.discard()
        await send_whole(send, 200, [(b"etag", f'"{etag}"'.encode())], b"")

    async def _get(self, transfer: SignedTransfer, scope: Scope, send: Send) -> None:
        stat = await self._objects.stat(transfer.key)
        if stat is None:
            raise NotFound(f"there is no object '{transfer.key}'")
        part = _range(header(scope, b"range"), stat.size)
        headers = _headers(transfer)
        if part is None:
            start, end, status = 0, stat.size, 200
        elif part[0] >= part[1]:
            await send_whole(send, 416, [(b"content-range", f"bytes */{stat.size}".encode())], b"")
            return
        else:
            start, end, status = *part, 206
            headers.append((b"content-range", f"bytes {start}-{end - 1}/{stat.size}".encode()))
        if end - start <= _AT_ONCE:
            await send_whole(send, status, headers, await self._objects.get(transfer.key, start=start, end=end))
        else:
            headers.append((b"content-length", str(end - start).encode()))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send_blocks(transfer.key, start, end, send)

    async def _send_blocks(self, key: str, start: int, end: int, send: Send) -> None:
        while start < end:
            try:
                block = await self._objects.get(key, start=start, end=min(end, start + _AT_ONCE))
            except (NotFound, ObjectsUnavailable):
                block = b""
            if not block:
                raise Disconnected  # deleted meanwhile: only an answer that breaks off says that it is not whole
            start += len(block)
            await send({"type": "http.response.body", "body": block, "more_body": start < end})


def _refuse_other_headers(transfer: SignedTransfer, scope: Scope) -> None:
    if header(scope, b"if-none-match") != "*":
        raise Forbidden("header 'If-None-Match: *' is missing: it was signed, send exactly the headers of the grant")
    if header(scope, b"content-type") != transfer.content_type:
        raise Forbidden(
            f"header 'Content-Type' is {header(scope, b'content-type')!r}, signed was '{transfer.content_type}'"
        )
    length = header(scope, b"content-length")
    if length is not None and length != str(transfer.size):
        raise InvalidInput(f"Content-Length of '{transfer.key}' is {length}, signed were {transfer.size} bytes")


def _headers(transfer: SignedTransfer) -> Headers:
    return [
        (b"content-type", transfer.content_type.encode("latin-1", "replace")),
        (b"content-disposition", disposition(transfer.filename, inline=transfer.inline).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", _PAGE_POLICY if transfer.inline else _DOWNLOAD_POLICY),
        (b"referrer-policy", b"no-referrer"),  # the address is a key to the bytes
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, no-store"),
    ]


def _range(text: str | None, size: int) -> tuple[int, int] | None:
    """`[start, end)`; nothing where the whole is asked for, or in words that may be ignored (RFC 9110 §14.2)."""
    match = _RANGE.fullmatch(text or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size - int(match[2])), size
    end = int(match[2]) + 1 if match[2] else size
    if match[2] and end <= int(match[1]):
        return None
    return int(match[1]), min(end, size)
