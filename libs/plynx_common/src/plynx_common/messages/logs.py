"""Log chunks: the live lane may lose, the archive fetches what it misses from the worker's spool."""

from __future__ import annotations

from typing import ClassVar

from plynx_common.messages.base import Message


class LogChunk(Message):
    """On the topic exchange, key `log.<team>.<run>.<node>.<attempt>.<stream>`."""

    type: ClassVar[str] = "log.chunk"

    team: str
    run: str
    node: str
    attempt: int
    claim_id_hash: str
    stream: str
    """`stdout`, `stderr` or `worker`."""
    seq: int
    offset: int
    """Of the first byte in its stream."""
    data: str
    """The bytes, one latin-1 character each."""
    at: str
    queue: str = ""
    """The worker's own queue, where `log.fetch` reaches it."""


class LogFetch(Message):
    """To the worker's own queue: send the bytes `[start, end)` of a stream again, as chunks to `reply_to`."""

    type: ClassVar[str] = "log.fetch"

    run: str
    node: str
    attempt: int
    stream: str
    start: int
    end: int | None = None
