"""Artifacts on this host by digest: what was just produced or fetched here is not downloaded again."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import OrderedDict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

SMALL_BYTES = 64 * 1024
"""Contents up to this size stay in memory, and never touch the disk."""
MEMORY_BYTES = 32 * 1024 * 1024
_LINKABLE = 0o600


class ArtifactCache:
    """Bounded in memory and on disk; the least recently used go first, but nothing that somebody holds."""

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._small: OrderedDict[str, bytes] = OrderedDict()
        self._small_bytes = 0
        self._large: OrderedDict[str, int] = OrderedDict()
        self._large_bytes = 0
        self._held: dict[str, int] = {}

    def open(self) -> None:
        """Finds what earlier incarnations left, the longest unused first; half-written files are removed."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        known: list[tuple[float, str, int]] = []
        for path in self._root.iterdir():
            if len(path.name) != 64:
                path.unlink()
                continue
            found = path.stat()
            known.append((found.st_mtime, path.name, found.st_size))
        for _, digest, size in sorted(known):
            self._large[digest] = size
            self._large_bytes += size
        self._evict()

    def find(self, digest: str) -> bytes | Path | None:
        content = self._small.get(digest)
        if content is not None:
            self._small.move_to_end(digest)
            return content
        if digest not in self._large:
            return None
        self._large.move_to_end(digest)
        path = self._path(digest)
        try:
            os.utime(path)  # what the next incarnation sorts by
        except FileNotFoundError:
            self._large_bytes -= self._large.pop(digest)
            return None
        return path

    @contextmanager
    def held(self, digests: Iterable[str]) -> Generator[None]:
        """None of these is evicted meanwhile, whether it is there already or comes."""
        holding = list(digests)
        for digest in holding:
            self._held[digest] = self._held.get(digest, 0) + 1
        try:
            yield
        finally:
            for digest in holding:
                self._held[digest] -= 1
                if not self._held[digest]:
                    del self._held[digest]
            self._evict()

    def draft(self, digest: str) -> Path:
        """Where to write one that is on its way; `keep_file` with it then only renames."""
        return self._root / f"{digest}.coming"

    def keep(self, digest: str, content: bytes) -> None:
        if digest in self._small or digest in self._large:
            return
        self._small[digest] = content
        self._small_bytes += len(content)
        self._evict()

    async def keep_file(self, digest: str, path: Path) -> None:
        """A draft is moved in, any other file linked, or copied where that cannot be."""
        if digest in self._large or (self._limit == 0 and digest not in self._held):
            return
        target = self._path(digest)
        if path != self.draft(digest):
            await self._copy_in(path, self.draft(digest))
        self.draft(digest).replace(target)
        if digest in self._large:  # copied by two at once
            return
        size = target.stat().st_size
        self._large[digest] = size
        self._large_bytes += size
        self._evict()

    async def _copy_in(self, path: Path, draft: Path) -> None:
        draft.unlink(missing_ok=True)
        try:
            os.link(os.path.realpath(path), draft)
            draft.chmod(_LINKABLE)
        except OSError:
            await asyncio.to_thread(shutil.copyfile, path, draft)

    def _path(self, digest: str) -> Path:
        return self._root / digest

    def _evict(self) -> None:
        if self._small_bytes > MEMORY_BYTES:
            for digest in self._evictable(self._small):
                self._small_bytes -= len(self._small.pop(digest))
                if self._small_bytes <= MEMORY_BYTES:
                    break
        if self._large_bytes > self._limit:
            for digest in self._evictable(self._large):
                self._large_bytes -= self._large.pop(digest)
                self._path(digest).unlink(missing_ok=True)
                if self._large_bytes <= self._limit:
                    break

    def _evictable(self, entries: Iterable[str]) -> list[str]:
        return [digest for digest in entries if digest not in self._held]
