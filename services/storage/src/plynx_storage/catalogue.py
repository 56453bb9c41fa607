"""Which artifacts a team has: documents `<team>/<digest>`, live or being deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plynx_common.domain.errors import Conflict, InvalidInput
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import CompareAndSet, Document, DocumentStore, In, Insert, Outcome, Write

ARTIFACTS = "artifacts"
TOUCHED_EVERY = timedelta(minutes=1)
"""Garbage collection looks at entries untouched for a day: within a minute of a touch nothing can become untrue."""
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a client says about an object."""

    digest: str
    size: int
    type: str


class Catalogue:
    """Remembers for a minute what it has touched: the same digests come again and again in a busy system."""

    def __init__(self, documents: DocumentStore, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._touched: dict[str, tuple[float, int]] = {}

    async def live(self, ids: Iterable[str]) -> dict[str, int]:
        """Size by `<team>/<digest>` of those that are live; all of them are touched."""
        now = self._clock.monotonic()
        found: dict[str, int] = {}
        unknown: list[str] = []
        for id in dict.fromkeys(ids):
            touched_at, size = self._touched.get(id, (now - TOUCHED_EVERY.total_seconds(), 0))
            if now - touched_at < TOUCHED_EVERY.total_seconds():
                found[id] = size
            else:
                unknown.append(id)
        if unknown:
            found |= await self._touch(unknown)
        return found

    async def add(self, team: str, artifacts: Sequence[Artifact], created_by: str) -> None:
        """Entries that exist are touched. Raises `Conflict` for one that is being deleted: upload it again."""
        known = {artifact_id(team, artifact.digest): artifact for artifact in artifacts}
        at = timestamp(self._clock.now())
        batch = [_insert(id, team, artifact, at, created_by) for id, artifact in known.items()]
        outcomes = await self._documents.write(batch)
        stored = {id: known[id].size for id, outcome in zip(known, outcomes, strict=True) if outcome is Outcome.STORED}
        self._remember(stored)
        taken = [id for id in known if id not in stored]
        if not taken:
            return
        live = await self.live(taken)
        for id in taken:
            _refuse_difference(known[id], live.get(id))

    def forget(self, id: str) -> None:
        """The bytes were found missing: whoever asks next reads the documents again."""
        self._touched.pop(id, None)

    async def _touch(self, ids: Sequence[str]) -> dict[str, int]:
        read = await self._read(ids)
        live = {document["_id"]: int(document["size"]) for document in read if document["state"] == "live"}
        now = self._clock.now()
        oldest = timestamp(now - TOUCHED_EVERY)
        due: list[str] = [entry["_id"] for entry in read if entry["_id"] in live and entry["touched_at"] <= oldest]
        touches: list[Write] = [
            CompareAndSet(ARTIFACTS, id, {"state": "live"}, {"touched_at": timestamp(now)}) for id in due
        ]
        if touches:
            outcomes = await self._documents.write(touches)
            for id, outcome in zip(due, outcomes, strict=True):
                if outcome is not Outcome.STORED:
                    del live[id]
        self._remember(live)
        return live

    async def _read(self, ids: Sequence[str]) -> Sequence[Document]:
        if len(ids) == 1:
            found = await self._documents.get(ARTIFACTS, ids[0])
            return () if found is None else (found,)
        where = {"_id": In(tuple(ids))}
        return await self._documents.find(ARTIFACTS, where, fields=("state", "size", "touched_at"))

    def _remember(self, sizes: dict[str, int]) -> None:
        if len(self._touched) > _REMEMBERED:
            self._touched.clear()
        now = self._clock.monotonic()
        for id, size in sizes.items():
            self._touched[id] = (now, size)


def artifact_id(team: str, digest: str) -> str:
    return f"{team}/{digest}"


def _insert(id: str, team: str, artifact: Artifact, at: str, created_by: str) -> Insert:
    document: dict[str, Any] = {
        "_id": id,
        "team": team,
        "digest": artifact.digest,
        "size": artifact.size,
        "type": artifact.type,
        "state": "live",
        "touched_at": at,
        "created_at": at,
        "created_by": created_by,
    }
    return Insert(ARTIFACTS, document)


def _refuse_difference(artifact: Artifact, size: int | None) -> None:
    if size is None:
        raise Conflict(f"artifact '{artifact.digest}' is being deleted right now: upload it again in a moment")
    if size != artifact.size:
        raise InvalidInput(f"artifact '{artifact.digest}' has {size} bytes, not the {artifact.size} that were said")
