"""What the archive knows of logs that are not sealed yet: read from the documents, kept until the end is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from plynx_common.domain.ids import attempt_id, node_run_id
from plynx_common.interfaces.documents import Document, DocumentStore, Insert, Prefix
from plynx_common.messages.logs import LogChunk
from plynx_common.repositories.logs import ATTEMPT_LOGS, LARGEST_CHUNK, LOG_CHUNKS, chunk_id
from plynx_storage.intervals import Intervals

NODE_RUNS = "node_runs"


@dataclass(slots=True)
class OpenStream:
    known: Intervals = field(default_factory=Intervals)
    queue: str = ""
    """Of the worker, as the newest chunk named it."""
    hole_since: float | None = None
    asked_at: float | None = None


@dataclass(slots=True)
class OpenLog:
    """Monotonic seconds for all times."""

    team: str
    run: str
    node: str
    attempt: int
    claim_id_hash: str | None = None
    """None: this attempt was overtaken, so nobody can say whose it was, and nothing more is taken."""
    streams: dict[str, OpenStream] = field(default_factory=dict[str, OpenStream])
    ended_since: float | None = None
    sealed_since: float | None = None

    @property
    def id(self) -> str:
        return attempt_id(self.run, self.node, self.attempt)

    def stream(self, name: str) -> OpenStream:
        found = self.streams.get(name)
        if found is None:
            found = self.streams[name] = OpenStream()
        return found


class OpenLogs:
    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._logs: dict[str, OpenLog] = {}

    def __len__(self) -> int:
        return len(self._logs)

    def all(self) -> list[OpenLog]:
        return list(self._logs.values())

    def forget(self, *ids: str) -> None:
        """They are read again from the documents before anything is decided about them."""
        for id in ids:
            self._logs.pop(id, None)

    async def of_chunk(self, chunk: LogChunk) -> OpenLog | None:
        """None where it is not to be stored: a stranger's, or of a log that is sealed (fencing, 2-protocol §6)."""
        id = attempt_id(chunk.run, chunk.node, chunk.attempt)
        found = self._logs.get(id)
        if found is None:
            found = await self._load(id, chunk.team, chunk.run, chunk.node, chunk.attempt)
        if found is None or found.sealed_since is not None:
            return None
        return found if found.team == chunk.team and found.claim_id_hash == chunk.claim_id_hash else None

    async def load_stored(self, chunk: Document) -> OpenLog | None:
        """From a chunk found in the documents."""
        id = attempt_id(chunk["run"], chunk["node"], chunk["attempt"])
        known = self._logs.get(id)
        if known is None:
            known = await self._load(id, chunk["team"], chunk["run"], chunk["node"], chunk["attempt"])
        return known

    async def _load(self, id: str, team: str, run: str, node: str, attempt: int) -> OpenLog | None:
        log = OpenLog(team, run, node, attempt)
        node_run = await self._documents.get(NODE_RUNS, node_run_id(run, node))
        if node_run is not None and node_run["team"] == team and node_run["attempt"] == attempt:
            log.claim_id_hash = node_run["claim_id_hash"]
        await self.reload_known(log)
        if log.claim_id_hash is None and not log.streams:
            return None
        if await self._documents.get(ATTEMPT_LOGS, id) is not None:
            log.sealed_since = 0.0
        self._logs[id] = log
        return log

    async def reload_known(self, log: OpenLog) -> None:
        """Another instance of the service may have stored what this one never saw."""
        stored = await self._documents.find(
            LOG_CHUNKS, {"_id": Prefix(f"{log.id}/")}, fields=("stream", "offset", "end")
        )
        for chunk in stored:
            log.stream(chunk["stream"]).known.add(chunk["offset"], chunk["end"])


def insertions(log: OpenLog, chunk: LogChunk) -> Sequence[Insert]:
    """What of a chunk is new; a repeat, whole or in part, stores no byte twice."""
    end = chunk.offset + len(chunk.data)
    found: list[Insert] = []
    for start, stop in log.stream(chunk.stream).known.missing(chunk.offset, end):
        for offset in range(start, stop, LARGEST_CHUNK):
            until = min(offset + LARGEST_CHUNK, stop)
            content = chunk.data[offset - chunk.offset : until - chunk.offset]
            found.append(insertion(log, chunk.stream, offset, content, chunk.at))
    return found


def insertion(log: OpenLog, stream: str, offset: int, content: str, at: str) -> Insert:
    document = {
        "_id": chunk_id(log.id, stream, offset),
        "team": log.team,
        "run": log.run,
        "node": log.node,
        "attempt": log.attempt,
        "stream": stream,
        "offset": offset,
        "end": offset + len(content),
        "data": content,
        "at": at,
    }
    return Insert(LOG_CHUNKS, document)
