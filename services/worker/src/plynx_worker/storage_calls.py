"""HTTP to the storage service and to whom it sends us: requests one at a time, and answers in our words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
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

AT_ONCE = 8
"""Requests that one worker has on their way at a time, to be fair to the store."""
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=60)
PATIENT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=660)
"""For what joins or copies a whole large object before it answers."""
_ERRORS: dict[int, type[PlynxError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidInput,
}
_PASSES = {403, 409}
"""Of a signed address: it has expired on the way, or two writers met (S3). A fresh one is asked for."""
_S3_CODE = re.compile(rb"<Code>(\w+)</Code>")

Body = bytes | BinaryIO | AsyncIterator[bytes]


class StorageCalls:
    """Enter it to open its connections."""

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

    async def call(
        self, name: str, body: dict[str, Any], *, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> dict[str, Any]:
        url = f"{self._url}/transfers/{name}"
        request = {"method": "POST", "url": url, "headers": {"Content-Type": "application/json"}}
        async with self.sent(request, orjson.dumps(body), timeout=timeout) as response:
            content = await response.read()
            if response.status == 200:
                return orjson.loads(content)
            raise _problem(response.status, content, f"{name} at '{self._url}'")

    async def put(self, request: dict[str, Any], digest: str, body: Body, size: int) -> str:
        """The ETag. The size is said beforehand: S3 takes no body in chunks."""
        headers = {**request["headers"], "Content-Length": str(size)}
        async with self.sent({**request, "headers": headers}, body) as response:
            if response.status in (200, 201, 204, 412):  # 412: it is there already, and nothing replaces it
                return response.headers.get("ETag", "")
            raise await refusal(f"upload of '{digest}'", response)

    @asynccontextmanager
    async def sent(
        self, request: dict[str, Any], body: Body | None = None, *, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the transfers are not open")
        async with self._places:
            try:
                url = URL(request["url"], encoded=True)  # signed as it stands
                async with self._session.request(
                    request["method"],
                    url,
                    headers=request["headers"],
                    data=body,
                    allow_redirects=False,
                    timeout=timeout,
                ) as response:
                    yield response
            except (aiohttp.ClientError, TimeoutError) as error:
                place = request["url"].partition("?")[0]
                raise ObjectsUnavailable(
                    f"{request['method']} '{place}' failed ({type(error).__name__}: {error}); is storage up?"
                ) from error


async def refusal(what: str, response: aiohttp.ClientResponse) -> PlynxError:
    """Of a signed address."""
    content = await response.read()
    if response.status in _PASSES:
        return ObjectsUnavailable(f"{what} was refused: {_title(content)}")
    return _problem(response.status, content, what)


def _problem(status: int, content: bytes, what: str) -> PlynxError:
    return _ERRORS.get(status, ObjectsUnavailable)(f"{what}: {_title(content) or f'status {status}'}")


def _title(content: bytes) -> str:
    if code := _S3_CODE.search(content):
        return code[1].decode()
    try:
        return str(orjson.loads(content)["title"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return content[:200].decode("utf-8", "replace")


async def side_by_side(steps: Any) -> list[Any]:
    """The first error cancels the others, and is raised as it is."""
    coroutines = list(steps)
    if len(coroutines) == 1:
        return [await coroutines[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in coroutines]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
