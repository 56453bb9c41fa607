"""A body on its way into the folder: counted, hashed, compared with what was signed, then given its name."""

# Paths are text here: making a Path costs as much as the system call.
# ruff: noqa: PTH105, PTH108

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from plynx_common.adapters.local_objects.folder import Folder, write_all
from plynx_common.adapters.local_objects.multipart import part_name
from plynx_common.domain.errors import Conflict, InvalidInput
from plynx_common.interfaces.objects import SignedTransfer

_T = TypeVar("_T")
ON_THE_LOOP = 256 * 1024
"""Bytes that are written and hashed in less time than a thread hop costs the others."""
_PER_HOP = 1024 * 1024


class LocalIncoming:
    """One PUT. Not durable before the folder is synced (`LocalObjects.persist`)."""

    def __init__(self, folder: Folder, transfer: SignedTransfer) -> None:
        self._folder = folder
        self._transfer = transfer
        self._hash = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._size = 0
        self._file: int | None = None
        self._running: asyncio.Future[Any] | None = None
        self._temporary = folder.new_temporary()

    async def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._transfer.size:
            raise InvalidInput(f"body of '{self._transfer.key}' is longer than the {self._transfer.size} bytes signed")
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._waiting_bytes >= _PER_HOP:
            await self._in_thread(self._drain)

    async def finish(self) -> str:
        if self._size != self._transfer.size:
            raise InvalidInput(
                f"body of '{self._transfer.key}' has {self._size} bytes, expected the {self._transfer.size} signed"
            )
        if self._waiting_bytes <= ON_THE_LOOP:
            return self._place()
        return await self._in_thread(self._place)

    def discard(self) -> None:
        if self._running is not None and not self._running.done():
            # Cancelled in the middle: the thread goes on, and must not find its descriptor closed or used by another.
            self._running.add_done_callback(lambda _: self._remove())
        else:
            self._remove()

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        running = asyncio.get_running_loop().run_in_executor(None, work)
        self._running = running
        return await asyncio.shield(running)

    def _remove(self) -> None:
        self._close()
        with suppress(OSError):
            os.unlink(self._temporary)

    def _drain(self) -> None:
        """Without changing what is waiting before it is written: a failed write is discarded as a whole."""
        with self._folder.explained(self._transfer.key):
            if self._file is None:
                self._file = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            content = b"".join(self._waiting)
            self._hash.update(content)
            write_all(self._file, content)
        self._waiting.clear()
        self._waiting_bytes = 0

    def _place(self) -> str:
        self._drain()
        digest = self._hash.hexdigest()
        if digest != self._transfer.sha256:
            raise InvalidInput(
                f"body of '{self._transfer.key}' has SHA-256 {digest}, expected the {self._transfer.sha256} signed"
            )
        with self._folder.explained(self._transfer.key):
            self._close()
            self._name(digest)
        return digest

    def _name(self, digest: str) -> None:
        transfer = self._transfer
        if transfer.upload:
            upload = self._folder.upload_path(transfer.upload)
            os.replace(self._temporary, f"{upload}/{part_name(transfer.part, digest)}")
        elif not self._folder.place(self._temporary, self._folder.path(transfer.key), digest):
            raise Conflict(f"object '{transfer.key}' is there already: nothing to upload, go on to commit")

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
