"""What happens to open logs without anybody asking: holes are fetched, logs without an end are sealed, chunks go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from plynx_common.domain.errors import Conflict, Unavailable
from plynx_common.domain.ids import node_run_id
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import Document, DocumentStore, In
from plynx_common.repositories.logs import ATTEMPT_LOGS, LOG_CHUNKS
from plynx_storage.log_fetching import HoleFetcher
from plynx_storage.log_sealing import Sealer
from plynx_storage.open_logs import NODE_RUNS, OpenLog, OpenLogs

LOOK_SECONDS = 2.0
SEARCH_SECONDS = 60.0
_AT_ONCE = 200
_AFTER_ALL_CHUNKS = "~"
"""Sorts behind every stream's name."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    seal_after: timedelta = timedelta(seconds=30)
    chunks_kept: timedelta = timedelta(minutes=5)


class LogUpkeep:
    def __init__(
        self, documents: DocumentStore, clock: Clock, open_logs: OpenLogs, fetcher: HoleFetcher, sealer: Sealer
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._open_logs = open_logs
        self._fetcher = fetcher
        self._sealer = sealer

    async def run(self, patience: Patience) -> None:
        searched_at = -SEARCH_SECONDS
        while True:
            try:
                if self._clock.monotonic() - searched_at >= SEARCH_SECONDS:
                    searched_at = self._clock.monotonic()
                    await self.search()
                await self.look(patience)
            except (Unavailable, Conflict) as error:  # also an artifact that is being deleted right now
                log.warning("log_upkeep_waits", reason=error.message)
            await self._clock.sleep(LOOK_SECONDS)

    async def search(self) -> None:
        """Finds logs that an instance no longer alive has left open, by a chunk of each attempt."""
        after = ""
        while page := await self._documents.find(
            LOG_CHUNKS, {}, limit=1, after=(after, after), fields=("team", "run", "node", "attempt")
        ):
            await self._open_logs.load_stored(page[0])
            after = page[0]["_id"].rsplit("/", 2)[0] + "/" + _AFTER_ALL_CHUNKS

    async def look(self, patience: Patience) -> None:
        logs = self._open_logs.all()
        for start in range(0, len(logs), _AT_ONCE):
            await self._look_at(logs[start : start + _AT_ONCE], patience)

    async def _look_at(self, logs: Sequence[OpenLog], patience: Patience) -> None:
        ids = tuple(known.id for known in logs)
        runs = tuple({node_run_id(known.run, known.node) for known in logs})
        sealed = {found["_id"] for found in await self._documents.find(ATTEMPT_LOGS, {"_id": In(ids)}, fields=("_id",))}
        found = await self._documents.find(NODE_RUNS, {"_id": In(runs)}, fields=("attempt", "closed_attempt"))
        node_runs = {node_run["_id"]: node_run for node_run in found}
        for known in logs:
            if known.id in sealed:
                await self._drop_when_due(known, patience)
            else:
                await self._fetcher.look(known)
                await self._seal_when_due(known, node_runs.get(node_run_id(known.run, known.node)), patience)

    async def _drop_when_due(self, known: OpenLog, patience: Patience) -> None:
        now = self._clock.monotonic()
        if known.sealed_since is None:
            known.sealed_since = now
        if now - known.sealed_since >= patience.chunks_kept.total_seconds():
            await self._sealer.drop_chunks(known)
            self._open_logs.forget(known.id)

    async def _seal_when_due(self, known: OpenLog, node_run: Document | None, patience: Patience) -> None:
        now = self._clock.monotonic()
        if not has_ended(known, node_run):
            return
        if known.ended_since is None:
            known.ended_since = now
        if now - known.ended_since >= patience.seal_after.total_seconds():
            await self._open_logs.reload_known(known)
            await self._sealer.seal(known)
            known.sealed_since = now


def has_ended(known: OpenLog, node_run: Document | None) -> bool:
    """Closed, overtaken, or of a run that is gone: it can no longer return."""
    if node_run is None:
        return True
    return bool(node_run["attempt"] > known.attempt or node_run["closed_attempt"] >= known.attempt)
