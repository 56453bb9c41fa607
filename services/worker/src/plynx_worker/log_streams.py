"""The logs of an attempt: masked, capped, spooled, published in chunks while they grow."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plynx_worker.masking import Masker

LogStream = Literal["stdout", "stderr", "worker"]
STREAMS: tuple[LogStream, ...] = ("stdout", "stderr", "worker")

HEAD_BYTES = 20 * 1024 * 1024
TAIL_BYTES = 4 * 1024 * 1024
INLINE_BYTES = 16 * 1024
CHUNK_BYTES = 32 * 1024
CHUNK_SECONDS = 0.2
RECENT_BYTES = 4096
"""Of stderr, for the failure's text."""
RECENT_LINES = 20


@dataclass(frozen=True, slots=True)
class Chunk:
    stream: LogStream
    seq: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FinalLog:
    """The whole log of one stream."""

    bytes: int
    sha256: str
    inline: str | None
    """The bytes, one latin-1 character each, when they are at most 16 KiB; else `path` is to be uploaded."""
    path: Path | None
    truncated: bool


class AttemptLogs:
    """`emit` is called in the event loop; `secrets` never reach it, the spool or the final log.

    The spool (files `<spool>.<stream>`) is written only by streams longer than what travels inline.
    """

    def __init__(self, spool: Path, emit: Callable[[Chunk], None], secrets: Iterable[str] = ()) -> None:
        self._spool = spool
        self._emit = emit
        self._secrets = tuple(secrets)
        self._streams: dict[LogStream, _StreamLog] = {}
        self._final: dict[str, FinalLog] | None = None

    def write(self, stream: LogStream, content: bytes) -> None:
        if self._final is None and content:
            log = self._streams.get(stream)
            if log is None:
                log = self._streams[stream] = _StreamLog(stream, self._spool, self._emit, self._secrets)
            log.write(content)

    def finish(self) -> dict[str, FinalLog]:
        """By stream, without those that are empty. Idempotent; later writes are dropped."""
        if self._final is None:
            self._final = {name: log.finish() for name, log in self._streams.items()}
        return self._final

    def stderr_tail(self) -> str:
        """The last lines of stderr, masked, for `Failure.stderr_tail`; complete after `finish()`."""
        log = self._streams.get("stderr")
        return log.recent() if log else ""

    def read(self, stream: LogStream, start: int, end: int | None) -> bytes:
        """Bytes `[start, end)` as kept so far: what `log.fetch` asks for."""
        log = self._streams.get(stream)
        return log.read(start, end) if log else b""

    def remove(self) -> None:
        """Deletes the spool files: once the attempt is closed."""
        self.finish()
        for log in self._streams.values():
            log.remove()


class _StreamLog:
    """Kept: the head as it comes, and, once that is full, the newest bytes until the end decides which are the tail."""

    def __init__(self, stream: LogStream, spool: Path, emit: Callable[[Chunk], None], secrets: tuple[str, ...]) -> None:
        self._stream: LogStream = stream
        self._masker = Masker(secrets) if secrets else None
        self._kept = _Spool(spool.with_name(f"{spool.name}.{stream}"))
        self._digest = hashlib.sha256()
        self._tail = _Tail()
        self._recent = b""
        self._live = _LiveLane(stream, emit)
        self._final: FinalLog | None = None

    def write(self, content: bytes) -> None:
        if self._masker is not None:
            content = self._masker.feed(content)
        self._keep(content)

    def _keep(self, content: bytes) -> None:
        if not content:
            return
        if self._stream == "stderr":
            self._recent = (self._recent + content[-RECENT_BYTES:])[-RECENT_BYTES:]
        if self._kept.is_broken:
            return
        room = HEAD_BYTES - self._kept.size
        if room > 0:
            head = content if len(content) <= room else content[:room]
            self._append(head)
            self._live.write(head)
            content = content[room:]
        if content:
            self._tail.write(content)

    def _append(self, content: bytes) -> None:
        self._digest.update(content)
        self._kept.write(content)

    def finish(self) -> FinalLog:
        if self._final is None:
            if self._masker is not None:
                self._keep(self._masker.flush())
            if self._tail.cut:
                marker = f"\n--- PLynx cut {self._tail.cut} bytes here: a log keeps 20 MiB and the last 4 MiB ---\n"
                self._append(marker.encode())
            for piece in self._tail.pieces:
                self._append(piece)
            self._live.finish()
            self._final = self._summary()
        return self._final

    def _summary(self) -> FinalLog:
        if self._kept.size > INLINE_BYTES:
            self._kept.to_file()
        if self._kept.is_broken:
            self._kept.settle()
            self._digest = hashlib.sha256(self._kept.read(0, self._kept.size))
        size = self._kept.size
        small = self._kept.read(0, size) if size <= INLINE_BYTES else None
        return FinalLog(
            bytes=size,
            sha256=self._digest.hexdigest(),
            inline=small.decode("latin-1") if small is not None else None,
            path=self._kept.path if small is None else None,
            truncated=self._tail.cut > 0 or self._kept.is_broken,
        )

    def recent(self) -> str:
        lines = self._recent.decode(errors="replace").splitlines()
        return "\n".join(lines[-RECENT_LINES:])

    def read(self, start: int, end: int | None) -> bytes:
        return self._kept.read(start, self._kept.size if end is None else end)

    def remove(self) -> None:
        self._kept.remove()


class _Tail:
    """The newest bytes, at least the 4 MiB that are kept; what fell out before them is counted."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._total = 0

    def write(self, content: bytes) -> None:
        self._pieces.append(content)
        self._size += len(content)
        self._total += len(content)
        if self._size > 2 * TAIL_BYTES:
            self._pieces = self.pieces
            self._size = TAIL_BYTES

    @property
    def pieces(self) -> list[bytes]:
        return [b"".join(self._pieces)[-TAIL_BYTES:]] if self._pieces else []

    @property
    def cut(self) -> int:
        return max(0, self._total - TAIL_BYTES)


class _Spool:
    """What is kept of a stream: in memory while it is small, then in a file.

    A file that cannot be written (disk full) costs the rest of the log, never the script.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.is_broken = False
        self._memory = bytearray()
        self._written = 0
        """Bytes in the file; the rest of them is in memory."""

    def write(self, content: bytes) -> None:
        if self.is_broken:
            return
        self._memory += content
        self.size += len(content)
        if len(self._memory) >= CHUNK_BYTES:
            self.to_file()

    def to_file(self) -> None:
        if not self._memory or self.is_broken:
            return
        try:
            with self.path.open("ab" if self._written else "wb") as file:
                file.write(self._memory)
        except OSError:
            self.is_broken = True
            return
        self._written += len(self._memory)
        self._memory.clear()

    def settle(self) -> None:
        """Reduces a broken one to what can still be handed out."""
        if self._written:
            self._memory.clear()
            os.truncate(self.path, self._written)
        else:
            del self._memory[INLINE_BYTES:]
        self.size = self._written + len(self._memory)

    def read(self, start: int, end: int) -> bytes:
        start, end = max(0, start), min(end, self.size)
        if start >= end:
            return b""
        stored = b""
        if start < self._written:
            with self.path.open("rb") as file:
                file.seek(start)
                stored = file.read(min(end, self._written) - start)
        if end <= self._written:
            return stored
        return stored + bytes(self._memory[max(0, start - self._written) : end - self._written])

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


class _LiveLane:
    """Publishes when 32 KiB or 200 ms have passed; nothing at all of what ends before both."""

    def __init__(self, stream: LogStream, emit: Callable[[Chunk], None]) -> None:
        self._stream: LogStream = stream
        self._emit = emit
        self._waiting = bytearray()
        self._seq = 0
        self._offset = 0
        self._timer: asyncio.TimerHandle | None = None

    def write(self, content: bytes) -> None:
        self._waiting += content
        if len(self._waiting) >= CHUNK_BYTES:
            self._publish()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHUNK_SECONDS, self._publish)

    def finish(self) -> None:
        """The rest of it, for those who follow; if there was never a chunk, the final log says it all."""
        if self._seq and self._waiting:
            self._publish()
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _publish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        content = bytes(self._waiting)
        self._waiting.clear()
        for at in range(0, len(content), CHUNK_BYTES):
            piece = content[at : at + CHUNK_BYTES]
            self._emit(Chunk(self._stream, self._seq, self._offset, piece))
            self._seq += 1
            self._offset += len(piece)
