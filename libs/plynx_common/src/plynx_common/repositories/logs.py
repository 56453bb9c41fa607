"""Logs of attempts, read by offset: the final log where there is one, else the chunks archived so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from plynx_common.domain.ids import artifact_key, attempt_id
from plynx_common.domain.values import to_bytes
from plynx_common.interfaces.documents import Document, DocumentStore, Gte, Insert, Prefix
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.messages.nodes import StreamLog

ATTEMPT_LOGS = "attempt_logs"
NODE_RUNS = "node_runs"
LOG_CHUNKS = "log_chunks"
STREAMS = ("stdout", "stderr", "worker")
LARGEST_CHUNK = 64 * 1024
"""Bytes of one stored chunk: a reader finds the one that holds an offset by looking back no further."""
_CHUNKS_A_READ, _MOST_CHUNKS_A_READ = 32, 1000
"""Of unknown size, and of small ones."""
_OFFSET_DIGITS = 12


@dataclass(frozen=True, slots=True)
class LogSlice:
    """A piece of a stream, contiguous from `offset`; empty at the end of what there is so far."""

    offset: int
    data: bytes
    total: int | None = None
    """Bytes of the whole stream, once it is sealed."""
    sealed: bool = False
    """Nothing will ever be added."""
    truncated: bool = False
    """The middle was cut at the caps, or the end was lost: a marker in the text says where."""

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


class LogReader:
    def __init__(self, documents: DocumentStore, objects: ObjectStore) -> None:
        self._documents = documents
        self._objects = objects

    async def read(self, attempt: str, stream: str, *, start: int = 0, limit: int = 256 * 1024) -> LogSlice:
        """At most `limit` bytes from `start` on. `attempt`: `<run>/<node>/<number>`."""
        final = await self._documents.get(ATTEMPT_LOGS, attempt)
        if final is not None:
            return await self._read_final(final, stream, start, limit)
        chunks = await self._read_chunks(attempt, stream, start, limit)
        if chunks.data:
            return chunks
        # Sealed between the two reads, its chunks may be gone: what is empty must not look like the end so far.
        final = await self._documents.get(ATTEMPT_LOGS, attempt)
        if final is not None:
            return await self._read_final(final, stream, start, limit)
        return (await self._end_without_log(attempt) if start == 0 else None) or chunks

    async def _end_without_log(self, attempt: str) -> LogSlice | None:
        """A final log is stored before its attempt's end: then none will come, and the archive has nothing to seal."""
        id, _, text = attempt.rpartition("/")
        number = int(text)
        node_run = await self._documents.get(NODE_RUNS, id) or {"attempt": number, "closed_attempt": number}
        if node_run["attempt"] <= number and node_run["closed_attempt"] < number:
            return None
        if await self._documents.find(LOG_CHUNKS, {"_id": Prefix(f"{attempt}/")}, limit=1, fields=("_id",)):
            return None
        outcomes = [entry["outcome"] for entry in node_run.get("history", ()) if entry["attempt"] == number]
        return LogSlice(0, b"", total=0, sealed=True, truncated=outcomes in ([], ["lost"]))

    async def _read_final(self, final: Document, stream: str, start: int, limit: int) -> LogSlice:
        log = cast("dict[str, Any] | None", final["streams"].get(stream))
        if log is None:
            return LogSlice(start, b"", total=0, sealed=True)
        total = int(log["bytes"])
        end = min(start + limit, total)
        content = b""
        if start < end and log["inline"] is not None:
            content = to_bytes(log["inline"][start:end])
        elif start < end and log["digest"] is not None:
            content = await self._objects.get(artifact_key(final["team"], log["digest"]), start=start, end=end)
        return LogSlice(start, content, total=total, sealed=True, truncated=bool(log["truncated"]))

    async def _read_chunks(self, attempt: str, stream: str, start: int, limit: int) -> LogSlice:
        found: list[bytes] = []
        at, end = start, start + limit
        chunks = _CHUNKS_A_READ
        while at < end:
            page = await self._page(attempt, stream, at, chunks)
            before = at
            for chunk in page:
                if chunk["offset"] > at:
                    return LogSlice(start, b"".join(found))  # a hole: the archive is fetching it
                piece = to_bytes(chunk["data"])[at - chunk["offset"] : end - chunk["offset"]]
                found.append(piece)
                at += len(piece)
            if at == before or len(page) < chunks:
                break
            # A script that says little at a time makes many small chunks: as many as the rest may take.
            chunks = min(_MOST_CHUNKS_A_READ, max(_CHUNKS_A_READ, (end - at) * len(page) // (at - before)))
        return LogSlice(start, b"".join(found))

    async def _page(self, attempt: str, stream: str, at: int, limit: int) -> list[Document]:
        prefix = f"{attempt}/{stream}/"
        first = prefix if at < LARGEST_CHUNK else chunk_id(attempt, stream, at - LARGEST_CHUNK)
        where = {"_id": Prefix(prefix), "end": Gte(at + 1)}
        return await self._documents.find(
            LOG_CHUNKS, where, after=(first, first), limit=limit, fields=("offset", "data")
        )


def chunk_id(attempt: str, stream: str, offset: int) -> str:
    """Text order is offset order."""
    return f"{attempt}/{stream}/{offset:0{_OFFSET_DIGITS}}"


def attempt_log(team: str, run: str, node: str, attempt: int, logs: Mapping[str, StreamLog]) -> Insert:
    """The final log of an attempt, as its worker reported it."""
    streams = {
        name: {
            "bytes": log.bytes,
            "sha256": log.sha256,
            "inline": log.inline,
            "digest": None if log.receipt is None else log.receipt.digest,
            "truncated": log.truncated,
        }
        for name, log in logs.items()
    }
    return Insert(ATTEMPT_LOGS, attempt_log_document(team, run, node, attempt, streams))


def attempt_log_document(
    team: str, run: str, node: str, attempt: int, streams: Mapping[str, Mapping[str, Any]]
) -> Document:
    return {
        "_id": attempt_id(run, node, attempt),
        "team": team,
        "run": run,
        "node": node,
        "attempt": attempt,
        "streams": dict(streams),
        "sealed": True,
    }
