"""The logs of an attempt: masked, capped, spooled, published in chunks while they grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LogStream = Literal["stdout", "stderr", "worker"]


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
    """`emit` is called in the event loop; `secrets` never reach it, the spool or the final log."""

    def __init__(self, spool: Path, emit: Callable[[Chunk], None], secrets: Iterable[str] = ()) -> None:
        raise NotImplementedError

    def write(self, stream: LogStream, content: bytes) -> None: ...

    def finish(self) -> dict[str, FinalLog]:
        """By stream, without those that are empty. Idempotent; later writes are dropped."""
        raise NotImplementedError

    def stderr_tail(self) -> str:
        """The last lines of stderr, masked, for `Failure.stderr_tail`."""
        raise NotImplementedError

    def read(self, stream: LogStream, start: int, end: int | None) -> bytes:
        """Bytes `[start, end)` as kept so far: what `log.fetch` asks for."""
        raise NotImplementedError

    def remove(self) -> None:
        """Deletes the spool files: once the attempt is closed."""
