"""The object store over a local folder."""

# Paths are text here: making a Path costs as much as the system call.
# ruff: noqa: PTH108, PTH116, PTH123

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from plynx_common.adapters.local_objects.folder import Folder, write_all
from plynx_common.adapters.local_objects.incoming import ON_THE_LOOP, LocalIncoming
from plynx_common.adapters.local_objects.multipart import Multipart
from plynx_common.adapters.local_objects.syncing import GroupSync
from plynx_common.adapters.signed_urls import DEFAULT_TYPE, SignedUrls
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.objects import ObjectStat, SignedTransfer

_BLOCK = 1024 * 1024
_LISTED_PER_HOP = 1000


class LocalObjects(SignedUrls):
    def __init__(self, root: Path, base_url: str, signing_key: bytes, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(base_url, signing_key, now)
        self._folder = Folder(root)
        self._multipart = Multipart(self._folder)
        self._syncing = GroupSync(self._folder.with_folders, self._folder.note_synced)

    # --- bytes -----------------------------------------------------------------------------------

    async def put(self, key: str, body: bytes, *, content_type: str = DEFAULT_TYPE) -> None:
        del content_type  # a folder keeps none; it is signed into each GET
        target = self._folder.path(key)
        with self._folder.explained(key):
            await asyncio.to_thread(self._write, target, body)
            await self._syncing.sync([target])

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        path = self._folder.path(key)
        length = -1 if end is None else max(0, end - start)
        with self._folder.explained(key):
            if 0 <= length <= ON_THE_LOOP:
                return _read(path, start, length)
            return await asyncio.to_thread(_read, path, start, length)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        start = 0
        while block := await self.get(key, start=start, end=start + _BLOCK):
            yield block
            start += len(block)

    async def stat(self, key: str) -> ObjectStat | None:
        path = self._folder.path(key)
        with self._folder.explained(key):
            return _stat(path, key)

    async def list(self, prefix: str) -> AsyncIterator[ObjectStat]:
        walk = self._walk(prefix)
        while batch := await asyncio.to_thread(_take, walk, _LISTED_PER_HOP):
            for found in batch:
                yield found

    async def delete(self, key: str) -> None:
        path = self._folder.path(key)
        with self._folder.explained(key):
            try:
                os.unlink(path)
            except FileNotFoundError:
                return

    # --- received by the storage service (`ServedObjects`) -----------------------------------------

    def receive(self, transfer: SignedTransfer) -> LocalIncoming:
        return LocalIncoming(self._folder, transfer)

    async def persist(self, keys: Sequence[str]) -> None:
        if keys:
            with self._folder.explained(keys[0]):
                await self._syncing.sync([self._folder.path(key) for key in keys])

    # --- large objects -------------------------------------------------------------------------------

    async def multipart_create(self, key: str, *, content_type: str) -> str:
        del content_type
        return self._multipart.create(key)

    async def multipart_complete(self, key: str, upload: str, etags: Sequence[str], *, sha256: str) -> None:
        await asyncio.to_thread(self._multipart.complete, key, upload, etags, sha256)

    async def multipart_abort(self, key: str, upload: str) -> None:
        await asyncio.to_thread(self._multipart.abort, key, upload)

    async def close(self) -> None:
        self._syncing.close()

    # --- blocking ------------------------------------------------------------------------------------

    def _write(self, target: str, body: bytes) -> None:
        temporary = self._folder.new_temporary()
        try:
            with open(temporary, "xb", buffering=0) as file:
                write_all(file.fileno(), body)
            self._folder.replace(temporary, target)
        finally:
            with suppress(OSError):
                os.unlink(temporary)

    def _walk(self, prefix: str) -> Iterator[ObjectStat]:
        """In key order."""
        above = prefix.rpartition("/")[0]
        start = self._folder.path(above) if above else str(self._folder.root)
        for folder, folders, names in os.walk(start):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            relative = os.path.relpath(folder, self._folder.root)
            for name in sorted(names):
                key = name if relative == "." else f"{relative}/{name}"
                if key.startswith(prefix) and (found := _stat(self._folder.path(key), key)):
                    yield found


def _read(path: str, start: int, length: int) -> bytes:
    with open(path, "rb", buffering=0) as file:
        if start:
            file.seek(start)
        if length < 0:
            return file.readall()
        content = file.read(length) or b""
        # A raw read may return less than there is.
        while len(content) < length and (more := file.read(length - len(content))):
            content += more
        return content


def _stat(path: str, key: str) -> ObjectStat | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return ObjectStat(key, found.st_size, timestamp(datetime.fromtimestamp(found.st_mtime, UTC)))


def _take(walk: Iterator[ObjectStat], limit: int) -> list[ObjectStat]:
    return list(islice(walk, limit))
