"""Transfers over HTTP: the storage service says where, a plain client moves the bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Self

import aiohttp
import orjson
from yarl import URL

from plynx_common.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    ObjectsUnavailable,
    PlynxError,
    Unauthenticated,
)
from plynx_common.messages.nodes import Receipt
from plynx_worker.transfers import Token, Upload

AT_ONCE = 8
"""Requests that one worker has on their way at a time, to be fair to the store."""
BLOCK = 1024 * 1024
PARTS_PAGE = 100
TRIES = 3
"""Of a download whose bytes are not what their digest says."""
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=60)
MOST_AT_ONCE = 1000
"""Objects that one call may name."""
_ERRORS: dict[int, type[PlynxError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidInput,
}


class HttpTransfers:
    """`Transfers`. Enter it to open its connections."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._places = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=2 * AT_ONCE)
        self._session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, auto_decompress=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    # --- in ------------------------------------------------------------------------------------

    async def download(self, token: Token, targets: Mapping[str, tuple[int, Path | None]]) -> dict[str, bytes]:
        digests = list(targets)
        found: dict[str, bytes] = {}
        for start in range(0, len(digests), MOST_AT_ONCE):
            page = digests[start : start + MOST_AT_ONCE]
            answer = await self._call("downloads", {"token": token(), "digests": page})
            requests: list[tuple[str, dict[str, Any]]] = [(e["digest"], e["request"]) for e in answer["downloads"]]
            contents = await _all(self._fetch(digest, request, *targets[digest]) for digest, request in requests)
            for (digest, _), content in zip(requests, contents, strict=True):
                found[digest] = content
        return found

    async def _fetch(self, digest: str, request: dict[str, Any], size: int, path: Path | None) -> bytes:
        arrived = ""
        for _ in range(TRIES):
            async with self._sent(request) as response:
                if response.status != 200:
                    raise await _refusal(f"artifact '{digest}'", response)
                arrived, content = await _received(response, path)
            if arrived == digest:
                return content
        raise Conflict(
            f"artifact '{digest}' ({size} bytes) arrived {TRIES} times with other bytes, at last with digest "
            f"'{arrived}': what is stored is damaged, run the node that made it again"
        )

    # --- out -----------------------------------------------------------------------------------

    async def upload(self, token: Token, uploads: Sequence[Upload]) -> dict[str, Receipt]:
        by_digest = {upload.digest: upload for upload in uploads}
        objects = [{"digest": u.digest, "size": u.size, "type": u.type} for u in by_digest.values()]
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(objects), MOST_AT_ONCE):
            receipts |= await self._upload_page(token, objects[start : start + MOST_AT_ONCE], by_digest)
        return receipts

    async def _upload_page(
        self, token: Token, objects: list[dict[str, Any]], uploads: Mapping[str, Upload]
    ) -> dict[str, Receipt]:
        answer = await self._call("uploads", {"token": token(), "objects": objects})
        missing = {entry["digest"]: entry for entry in answer["uploads"] if entry["state"] != "exists"}
        receipts = {
            entry["digest"]: Receipt(**entry["receipt"]) for entry in answer["uploads"] if entry["state"] == "exists"
        }
        if missing:
            await _all(self._send(token, entry, uploads[digest]) for digest, entry in missing.items())
            receipts |= await self._commit(token, [entry for entry in objects if entry["digest"] in missing])
        return receipts

    async def _commit(self, token: Token, objects: list[dict[str, Any]]) -> dict[str, Receipt]:
        try:
            answer = await self._call("commits", {"token": token(), "objects": objects})
        except Conflict as error:  # bytes that were sent are not there: everything is sent again
            raise ObjectsUnavailable(error.message) from error
        return {entry["digest"]: Receipt(**entry) for entry in answer["receipts"]}

    async def _send(self, token: Token, entry: dict[str, Any], upload: Upload) -> None:
        if entry["state"] == "multipart":
            await self._send_parts(token, entry, upload)
        elif isinstance(upload.content, bytes):
            await self._put(entry["request"], upload.digest, upload.content)
        else:
            with upload.content.open("rb") as file:
                await self._put(entry["request"], upload.digest, file)

    async def _send_parts(self, token: Token, entry: dict[str, Any], upload: Upload) -> None:
        etags: list[str] = []
        try:
            while len(etags) < entry["parts"]:
                page = {"token": token(), "upload": entry["upload"], "first": len(etags) + 1, "count": PARTS_PAGE}
                parts = (await self._call("parts", page))["parts"]
                etags += await _all(self._send_part(part, upload, entry["part_size"]) for part in parts)
            await self._call("completions", {"token": token(), "upload": entry["upload"], "etags": etags})
        except PlynxError:
            await self._abort(token, entry["upload"])
            raise

    async def _send_part(self, part: dict[str, Any], upload: Upload, part_size: int) -> str:
        start = (part["part"] - 1) * part_size
        blocks = _blocks(upload, start, min(upload.size, start + part_size))
        return await self._put(part["request"], upload.digest, blocks)

    async def _abort(self, token: Token, upload: str) -> None:
        try:
            await self._call("aborts", {"token": token(), "upload": upload})
        except PlynxError:
            return  # the store's own expiry removes the parts

    async def _put(self, request: dict[str, Any], digest: str, body: bytes | BinaryIO | AsyncIterator[bytes]) -> str:
        async with self._sent(request, body) as response:
            if response.status in (200, 201, 204, 412):  # 412: it is there already, and nothing replaces it
                return response.headers.get("ETag", "")
            raise await _refusal(f"upload of '{digest}'", response)

    # --- HTTP ----------------------------------------------------------------------------------

    async def _call(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}/transfers/{name}"
        request = {"method": "POST", "url": url, "headers": {"Content-Type": "application/json"}}
        async with self._sent(request, orjson.dumps(body)) as response:
            content = await response.read()
            if response.status == 200:
                return orjson.loads(content)
            raise _problem(response.status, content, f"{name} at '{self._url}'")

    @asynccontextmanager
    async def _sent(self, request: dict[str, Any], body: Any = None) -> AsyncGenerator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the transfers are not open")
        async with self._places:
            try:
                url = URL(request["url"], encoded=True)  # signed as it stands
                async with self._session.request(
                    request["method"], url, headers=request["headers"], data=body, allow_redirects=False
                ) as response:
                    yield response
            except (aiohttp.ClientError, TimeoutError) as error:
                place = request["url"].partition("?")[0]
                raise ObjectsUnavailable(
                    f"{request['method']} '{place}' failed ({type(error).__name__}: {error}); is storage up?"
                ) from error


async def _received(response: aiohttp.ClientResponse, path: Path | None) -> tuple[str, bytes]:
    if path is None:
        content = await response.read()
        return sha256(content).hexdigest(), content
    digest = sha256()
    with path.open("wb") as file:
        async for block in response.content.iter_chunked(BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest(), b""


async def _blocks(upload: Upload, start: int, end: int) -> AsyncIterator[bytes]:
    if isinstance(upload.content, bytes):
        yield upload.content[start:end]
        return
    with upload.content.open("rb") as file:
        file.seek(start)
        while start < end:
            block = file.read(min(BLOCK, end - start))
            if not block:
                raise InvalidInput(f"'{upload.content}' became shorter while it was uploaded")
            start += len(block)
            yield block


async def _refusal(what: str, response: aiohttp.ClientResponse) -> PlynxError:
    """Of a signed address. 403 is one that has expired on the way: a fresh one is asked for."""
    content = await response.read()
    if response.status == 403:
        return ObjectsUnavailable(f"{what} was refused: {_title(content)}")
    return _problem(response.status, content, what)


def _problem(status: int, content: bytes, what: str) -> PlynxError:
    return _ERRORS.get(status, ObjectsUnavailable)(f"{what}: {_title(content) or f'status {status}'}")


def _title(content: bytes) -> str:
    try:
        return str(orjson.loads(content)["title"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return content[:200].decode("utf-8", "replace")


async def _all(steps: Any) -> list[Any]:
    """In parallel; the first error cancels the others, and is raised as it is."""
    coroutines = list(steps)
    if len(coroutines) == 1:
        return [await coroutines[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in coroutines]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
