"""Seam to the object store: immutable bytes by key, and presigned requests that let others move them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectStat:
    key: str
    size: int
    modified_at: str
    """RFC 3339 UTC."""


@dataclass(frozen=True, slots=True)
class PresignedRequest:
    """What a plain HTTP client must send: method, URL and exactly these headers."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PutConditions:
    """Signed into a presigned PUT; the store refuses any other body."""

    size: int
    content_type: str
    sha256: str
    """Hex digest of the body."""


class ObjectStore(Protocol):
    """Raises `ObjectsUnavailable` when it cannot answer and `NotFound` for an absent key."""

    async def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None: ...

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Bytes `[start, end)`; for small objects and previews only."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    async def stat(self, key: str) -> ObjectStat | None: ...

    def list(self, prefix: str) -> AsyncIterator[ObjectStat]: ...

    async def delete(self, key: str) -> None: ...

    def presign_get(self, key: str, *, expires: timedelta, content_type: str, filename: str) -> PresignedRequest: ...

    def presign_put(self, key: str, conditions: PutConditions, *, expires: timedelta) -> PresignedRequest:
        """One key, one method, `If-None-Match: *`."""
        ...

    async def multipart_create(self, key: str, *, content_type: str) -> str: ...

    def presign_part(self, key: str, upload: str, part: int, *, size: int, expires: timedelta) -> PresignedRequest: ...

    async def multipart_complete(self, key: str, upload: str, etags: Sequence[str]) -> None: ...

    async def multipart_abort(self, key: str, upload: str) -> None: ...

    async def close(self) -> None: ...
