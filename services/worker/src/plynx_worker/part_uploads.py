"""Large uploads in parts: hashed on the way, each sent again where it fails, and gone on with after an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO

import structlog

from plynx_common.domain.errors import InvalidInput, NotFound, ObjectsUnavailable, PlynxError, Unauthenticated
from plynx_worker.storage_calls import PATIENT, StorageCalls, side_by_side
from plynx_worker.transfers import Token, Upload

BLOCK = 1024 * 1024
PAGE = 100
ROUNDS = 3
"""Without a single part arriving; then the caller's patience decides."""
_REMEMBERED = 100

log = structlog.get_logger()


@dataclass(slots=True)
class _Begun:
    """An upload on its way; `digests` and `whole` are of the same reading of the file."""

    ticket: str
    part_size: int
    parts: int
    digests: list[str] = field(default_factory=list[str])
    whole: Any = field(default_factory=sha256)
    etags: dict[int, str] = field(default_factory=dict[int, str])

    def next_page(self) -> range:
        """From the first part that is missing."""
        first = next(part for part in range(1, self.parts + 1) if part not in self.etags)
        return range(first, min(first + PAGE, self.parts + 1))


class PartUploads:
    def __init__(self, calls: StorageCalls) -> None:
        self._calls = calls
        self._interrupted: dict[str, _Begun] = {}

    def begun(self, digest: str) -> Mapping[str, str]:
        """Named when an upload is asked for, so that the storage service goes on with it."""
        known = self._interrupted.get(digest)
        return {} if known is None else {"upload": known.ticket}

    async def send(self, token: Token, entry: Mapping[str, Any], upload: Upload) -> None:
        """Raises `ObjectsUnavailable` or `Unauthenticated` for what goes on where it was when it is asked again."""
        begun = self._interrupted.pop(upload.digest, None)
        if begun is None or begun.ticket != entry["upload"]:
            begun = _Begun(entry["upload"], entry["part_size"], entry["parts"])
        goes_on = True
        try:
            await self._send(token, begun, upload)
            goes_on = False
        except (ObjectsUnavailable, Unauthenticated):
            raise
        except NotFound as error:
            goes_on = False
            raise ObjectsUnavailable(f"{error.message}; begin anew") from error
        except PlynxError:
            goes_on = False
            await self._abort(token, begun.ticket)
            raise
        finally:
            if goes_on:
                self._remember(upload.digest, begun)

    def _remember(self, digest: str, begun: _Begun) -> None:
        self._interrupted[digest] = begun
        while len(self._interrupted) > _REMEMBERED:
            del self._interrupted[next(iter(self._interrupted))]

    async def _send(self, token: Token, begun: _Begun, upload: Upload) -> None:
        failures = 0
        while len(begun.etags) < begun.parts:
            arrived = len(begun.etags)
            try:
                await self._send_page(token, begun, upload)
            except ObjectsUnavailable as error:
                failures = failures + 1 if len(begun.etags) == arrived else 0
                if failures >= ROUNDS:
                    raise
                log.warning("parts_failed", digest=upload.digest, arrived=len(begun.etags), error=error.message)
        if (found := begun.whole.hexdigest()) != upload.digest:
            raise InvalidInput(
                f"'{upload.digest}' became '{found}' while it was uploaded: something still writes to it"
            )
        etags = [begun.etags[part] for part in range(1, begun.parts + 1)]
        ending = {"token": token(), "upload": begun.ticket, "etags": etags}
        await self._calls.call("completions", ending, timeout=PATIENT)

    async def _send_page(self, token: Token, begun: _Begun, upload: Upload) -> None:
        """All that are missing are tried; raises the first error afterwards."""
        page = begun.next_page()
        await _hash_until(page[-1], begun, upload)
        digests = begun.digests[page[0] - 1 : page[-1]]
        body = {"token": token(), "upload": begun.ticket, "first": page[0], "digests": digests}
        parts = (await self._calls.call("parts", body))["parts"]
        missing = [part for part in parts if part["part"] not in begun.etags]
        errors = await side_by_side(self._send_part(part, begun, upload) for part in missing)
        for error in filter(None, errors):
            raise error

    async def _send_part(self, part: Mapping[str, Any], begun: _Begun, upload: Upload) -> ObjectsUnavailable | None:
        number = part["part"]
        start = (number - 1) * begun.part_size
        size = min(begun.part_size, upload.size - start)
        try:
            # Opened here: a client whose connection breaks drops the blocks without closing them.
            with _opened(upload) as file:
                file.seek(start)
                etag = await self._calls.put(part["request"], upload.digest, _blocks(file, size), size)
        except ObjectsUnavailable as error:
            return error
        begun.etags[number] = etag
        return None

    async def _abort(self, token: Token, ticket: str) -> None:
        try:
            await self._calls.call("aborts", {"token": token(), "upload": ticket})
        except PlynxError as error:  # the store's own expiry removes the parts
            log.warning("upload_not_aborted", error=error.message)


async def _hash_until(last: int, begun: _Begun, upload: Upload) -> None:
    """The state changes only when all is read: who is cut off in the middle begins here again."""
    known = len(begun.digests)
    if known < last:
        digests, whole = await asyncio.to_thread(_hashed, upload, begun, known, last)
        begun.digests[known:] = digests
        begun.whole = whole


def _hashed(upload: Upload, begun: _Begun, known: int, last: int) -> tuple[list[str], Any]:
    whole = begun.whole.copy()
    digests: list[str] = []
    with _opened(upload) as file:
        file.seek(known * begun.part_size)
        for _ in range(known, last):
            part = sha256()
            left = begun.part_size
            while left and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                part.update(block)
                whole.update(block)
            digests.append(part.hexdigest())
    return digests, whole


async def _blocks(file: BinaryIO, size: int) -> AsyncIterator[bytes]:
    while size:
        block = file.read(min(BLOCK, size))
        if not block:
            raise InvalidInput("a file became shorter while it was uploaded: something still writes to it")
        size -= len(block)
        yield block


def _opened(upload: Upload) -> BinaryIO:
    return BytesIO(upload.content) if isinstance(upload.content, bytes) else upload.content.open("rb")
