"""Seam to the object store: immutable bytes by key, and presigned requests that let others move them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable
from urllib.parse import quote


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

    async def put(self, key: str, body: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Durable when it returns; replaces whole, or not at all."""
        ...

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Bytes `[start, end)`; for small objects and previews only."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    async def stat(self, key: str) -> ObjectStat | None: ...

    def list(self, prefix: str) -> AsyncIterator[ObjectStat]: ...

    async def delete(self, key: str) -> None:
        """Absent keys are fine: what is asked for is that it is gone."""
        ...

    def presign_get(
        self, key: str, *, expires: timedelta, content_type: str, filename: str, inline: bool = False
    ) -> PresignedRequest:
        """A download; `inline`: a browser shows it as a page, which must be of another origin than the API's."""
        ...

    def presign_put(self, key: str, conditions: PutConditions, *, expires: timedelta) -> PresignedRequest:
        """One key, one method, `If-None-Match: *`."""
        ...

    async def multipart_create(self, key: str, *, content_type: str) -> str: ...

    def presign_part(
        self, key: str, upload: str, part: int, *, size: int, sha256: str, expires: timedelta
    ) -> PresignedRequest:
        """`sha256` is the hex digest of the part: the store refuses any other body."""
        ...

    async def multipart_complete(self, key: str, upload: str, etags: Sequence[str], *, sha256: str) -> None:
        """Parts in order become the object; raises `InvalidInput` for missing ones.

        So it does for another digest of the whole, where the store reads what it joins; a server does not: there the
        digests of the parts must do. Never replaces an object that is there: then it does nothing.
        """
        ...

    async def multipart_abort(self, key: str, upload: str) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SignedTransfer:
    """The one request that a signed URL allows."""

    method: str
    key: str
    content_type: str
    size: int = 0
    """Of the body of a PUT."""
    sha256: str = ""
    """Of the body of a PUT."""
    filename: str = ""
    """What a GET is saved as."""
    inline: bool = False
    """Of a GET: to be shown, not saved."""
    upload: str = ""
    part: int = 0


def disposition(filename: str, *, inline: bool) -> str:
    """Of a GET (RFC 6266)."""
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(filename, safe='')}"


class Incoming(Protocol):
    """A body on its way in; what is neither finished nor discarded leaves nothing under its key."""

    async def write(self, chunk: bytes) -> None:
        """Raises `InvalidInput` as soon as there are more bytes than were signed."""
        ...

    async def finish(self) -> str:
        """The ETag; raises `InvalidInput` for another size or digest than was signed."""
        ...

    def discard(self) -> None: ...


@runtime_checkable
class ServedObjects(Protocol):
    """A store without an HTTP server of its own: the storage service serves the URLs that it signs."""

    def serve_at(self, base_url: str) -> None:
        """Where clients reach the endpoint; URLs signed from now on start with it."""
        ...

    def check(self, method: str, key: str, grant: str) -> SignedTransfer:
        """What the `grant` parameter of a URL allows; raises `Unauthenticated` for any other method or key."""
        ...

    def receive(self, transfer: SignedTransfer) -> Incoming: ...

    async def persist(self, keys: Sequence[str]) -> None:
        """What was received under these keys is durable when it returns: one call syncs many, of many callers."""
        ...
