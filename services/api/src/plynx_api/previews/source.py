"""Bytes that are looked at: ranges of a stored object, or of what was taken out of an archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from plynx_common.domain.errors import InvalidInput
from plynx_common.interfaces.objects import ObjectStore

MOST_READ = 1024 * 1024
"""Bytes of one range, and of everything that is looked at as a whole."""


class Source(Protocol):
    @property
    def size(self) -> int: ...

    async def read(self, start: int, end: int) -> bytes:
        """Bytes `[start, end)`, as far as there are any."""
        ...


@dataclass(frozen=True, slots=True)
class StoredSource:
    objects: ObjectStore
    key: str
    size: int

    async def read(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        return await self.objects.get(self.key, start=start, end=end) if start < end else b""


@dataclass(frozen=True, slots=True)
class UnpackedSource:
    """The beginning of a member."""

    content: bytes
    size: int
    """Of the whole member, as the archive says."""

    async def read(self, start: int, end: int) -> bytes:
        """Raises `InvalidInput` for what was not unpacked."""
        if start > len(self.content):
            raise InvalidInput(f"of a member only the first {len(self.content)} bytes can be shown: download the whole")
        return self.content[start:end]
