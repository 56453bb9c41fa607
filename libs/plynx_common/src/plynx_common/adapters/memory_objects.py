"""Object store in memory: for simulations, where neither threads nor disks may be; nothing survives the process."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from plynx_common.adapters.object_keys import checked_key
from plynx_common.adapters.signed_urls import DEFAULT_TYPE, SignedUrls
from plynx_common.domain.errors import Conflict, InvalidInput, NotFound
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.objects import ObjectStat, SignedTransfer

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Stored:
    body: bytes
    modified_at: str


class MemoryObjects(SignedUrls):
    def __init__(self, base_url: str, signing_key: bytes, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(base_url, signing_key, now)
        self._clock = now
        self._objects: dict[str, _Stored] = {}
        self._uploads: dict[str, tuple[str, dict[int, bytes]]] = {}

    async def put(self, key: str, body: bytes, *, content_type: str = DEFAULT_TYPE) -> None:
        del content_type
        self._objects[checked_key(key)] = _Stored(body, timestamp(datetime.fromtimestamp(self._clock(), UTC)))

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        return self._found(key).body[start:end]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        body = self._found(key).body
        for start in range(0, len(body), _BLOCK):
            yield body[start : start + _BLOCK]

    async def stat(self, key: str) -> ObjectStat | None:
        stored = self._objects.get(checked_key(key))
        return None if stored is None else ObjectStat(key, len(stored.body), stored.modified_at)

    async def list(self, prefix: str) -> AsyncIterator[ObjectStat]:
        for key in sorted(self._objects):
            if key.startswith(prefix) and (stat := await self.stat(key)):
                yield stat

    async def delete(self, key: str) -> None:
        self._objects.pop(checked_key(key), None)

    async def multipart_create(self, key: str, *, content_type: str) -> str:
        del content_type
        upload = f"upload-{len(self._uploads)}"
        self._uploads[upload] = (checked_key(key), {})
        return upload

    async def multipart_complete(self, key: str, upload: str, etags: Sequence[str], *, sha256: str) -> None:
        parts = self._parts(key, upload)
        sent = {number: hashlib.sha256(part).hexdigest() for number, part in parts.items()}
        if any(sent.get(number) != etag.strip('"') for number, etag in enumerate(etags, start=1)):
            raise InvalidInput(f"multipart upload '{upload}' of '{key}' lacks parts: send them (again)")
        body = b"".join(parts[number] for number in range(1, len(etags) + 1))
        if (digest := hashlib.sha256(body).hexdigest()) != sha256:
            raise InvalidInput(f"the parts of '{key}' make SHA-256 {digest}, expected {sha256}: upload them again")
        if key not in self._objects:
            await self.put(key, body)
        del self._uploads[upload]

    async def multipart_abort(self, key: str, upload: str) -> None:
        if self._uploads.get(upload, ("",))[0] == key:
            del self._uploads[upload]

    def receive(self, transfer: SignedTransfer) -> MemoryIncoming:
        return MemoryIncoming(transfer, self._place)

    async def persist(self, keys: Sequence[str]) -> None:
        """As durable as it gets."""

    async def close(self) -> None:
        """Nothing is held open."""

    async def _place(self, transfer: SignedTransfer, body: bytes) -> None:
        if transfer.upload:
            self._parts(transfer.key, transfer.upload)[transfer.part] = body
        elif transfer.key in self._objects:
            raise Conflict(f"object '{transfer.key}' is there already: nothing to upload, go on to commit")
        else:
            await self.put(transfer.key, body)

    def _found(self, key: str) -> _Stored:
        if checked_key(key) not in self._objects:
            raise NotFound(f"there is no object '{key}'")
        return self._objects[key]

    def _parts(self, key: str, upload: str) -> dict[int, bytes]:
        owner, parts = self._uploads.get(upload, ("", {}))
        if owner != key:
            raise NotFound(f"there is no multipart upload '{upload}' of '{key}': it ended, or was never started")
        return parts


class MemoryIncoming:
    def __init__(self, transfer: SignedTransfer, place: Callable[[SignedTransfer, bytes], Awaitable[None]]) -> None:
        self._transfer = transfer
        self._place = place
        self._body = bytearray()

    async def write(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > self._transfer.size:
            raise InvalidInput(f"body of '{self._transfer.key}' is longer than the {self._transfer.size} bytes signed")

    async def finish(self) -> str:
        body = bytes(self._body)
        digest = hashlib.sha256(body).hexdigest()
        if len(body) != self._transfer.size or self._transfer.sha256 != digest:
            raise InvalidInput(f"body of '{self._transfer.key}' has another size or SHA-256 than was signed")
        await self._place(self._transfer, body)
        return digest

    def discard(self) -> None:
        self._body.clear()
