"""The saved graphs of one team: drafts, valid or not, each save checked against the revision it was made from.

The revision that a save replaces is kept beforehand: whatever dies in between, none is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.domain.graph import Graph
from plynx_common.domain.validation import operation_references
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    DocumentStore,
    Has,
    Insert,
    Outcome,
    Prefix,
    Sort,
)

GRAPHS = "graphs"
REVISIONS = "graph_revisions"
"""Those that were replaced, `<graph>/<revision>`."""
KEPT_REVISIONS = 200
"""Of a graph, the newest: an editor that saves by itself makes many."""
_SUMMARY = (
    "team",
    "name",
    "title",
    "description",
    "tags",
    "author",
    "revision",
    "node_count",
    "origin",
    "saved_by",
    "created_at",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class GraphSummary:
    id: str
    team: str
    name: str
    title: str
    description: str
    tags: tuple[str, ...]
    author: str
    revision: int
    """For If-Match; raised by each save."""
    node_count: int
    origin: str | None
    """What it was cloned from: `graph/<id>` or `run/<id>`."""
    saved_by: str
    """Who made this revision."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoredGraph:
    summary: GraphSummary
    graph: Graph

    @property
    def id(self) -> str:
        return self.summary.id

    @property
    def team(self) -> str:
        return self.summary.team

    @property
    def revision(self) -> int:
        return self.summary.revision


class Graphs:
    """Sees one team only: what belongs to others does not exist."""

    def __init__(self, documents: DocumentStore, clock: Clock, ids: Ids, team: str) -> None:
        self._documents = documents
        self._clock = clock
        self._ids = ids
        self._team = team

    async def create(self, graph: Graph, author: str, origin: str | None = None) -> StoredGraph:
        now = timestamp(self._clock.now())
        document: Document = {
            "_id": self._ids.new("graph-"),
            "team": self._team,
            "author": author,
            "origin": origin,
            "revision": 1,
            "created_at": now,
            **_fields(graph, author, now),
        }
        (outcome,) = await self._documents.write([Insert(GRAPHS, document)])
        if outcome is not Outcome.STORED:
            raise Conflict("the graph could not be stored: try again")
        return StoredGraph(_summary(document), graph)

    async def get(self, id: str) -> StoredGraph:
        """Raises `NotFound`, also for another team's."""
        return _stored(await self._document(id))

    async def _document(self, id: str) -> Document:
        document = await self._documents.get(GRAPHS, id)
        if document is None or document["team"] != self._team:
            raise NotFound(f"there is no graph '{id}'")
        return document

    async def list(
        self, where: Mapping[str, Any] | None = None, *, limit: int = 50, after: tuple[str, str] | None = None
    ) -> list[GraphSummary]:
        """Latest change first. `where`: name, author, tags. `after` = (`updated_at`, id) of the page's last one."""
        scoped = {**(where or {}), "team": self._team}
        sort = Sort("updated_at", descending=True)
        found = await self._documents.find(GRAPHS, scoped, sort=sort, limit=limit, after=after, fields=_SUMMARY)
        return [_summary(document) for document in found]

    async def using(self, operation: str, *, limit: int) -> list[GraphSummary]:
        """Latest change first; `operation` as nodes name it: `team/name@version`, or `team/name`."""
        return await self.list({"operations": Has(operation)}, limit=limit)

    async def save(self, id: str, graph: Graph, revision: int, author: str = "") -> StoredGraph:
        """Raises `Conflict` if somebody saved meanwhile."""
        before = await self._document(id)
        if before["revision"] != revision:
            raise _changed(id, before["revision"], revision)
        await self._keep(id, before)
        changed = {"revision": revision + 1, **_fields(graph, author, timestamp(self._clock.now()))}
        where = {"team": self._team, "revision": revision}
        (outcome,) = await self._documents.write([CompareAndSet(GRAPHS, id, where, changed)])
        if outcome is not Outcome.STORED:
            raise _changed(id, (await self._document(id))["revision"], revision)
        return StoredGraph(_summary({**before, **changed}), graph)

    async def _keep(self, id: str, document: Document) -> None:
        """What is there already is the same: a revision never changes."""
        revision: int = document["revision"]
        kept = Insert(REVISIONS, {**document, "_id": _revision_id(id, revision)})
        oldest = Delete(REVISIONS, _revision_id(id, revision - KEPT_REVISIONS))
        outcome, *_ = await self._documents.write([kept, oldest] if revision > KEPT_REVISIONS else [kept])
        if outcome is Outcome.UNKNOWN:
            raise Conflict(f"revision {revision} of graph '{id}' could not be kept: save again")

    async def revision(self, id: str, revision: int) -> StoredGraph:
        """An earlier one, or the current one; raises `NotFound`, also for one that is no longer kept."""
        current = await self._document(id)
        if revision == current["revision"]:
            return _stored(current)
        kept = await self._documents.get(REVISIONS, _revision_id(id, revision)) if revision > 0 else None
        if kept is None or revision > current["revision"]:
            raise NotFound(
                f"graph '{id}' has no revision {revision}: the newest is {current['revision']}, "
                f"of the earlier ones {KEPT_REVISIONS} are kept"
            )
        return _stored({**kept, "_id": id})

    async def revisions(self, id: str, *, limit: int, before: int | None = None) -> list[GraphSummary]:
        """Newest first, the current one included; `before` = the last one of the page before."""
        current = await self._document(id)
        newest: int = current["revision"]
        below = _revision_id(id, newest if before is None else max(0, min(before, newest)))
        found = await self._documents.find(
            REVISIONS,
            {"_id": Prefix(f"{id}/")},
            sort=Sort("_id", descending=True),
            limit=limit,
            after=(below, below),
            fields=_SUMMARY,
        )
        first = [_summary(current)] if before is None else []
        return [*first, *(_summary({**document, "_id": id}) for document in found)][:limit]

    async def clone(self, id: str, author: str) -> StoredGraph:
        origin = await self.get(id)
        return await self.create(origin.graph, author, origin=f"graph/{id}")

    async def delete(self, id: str, revision: int) -> None:
        """Its runs keep their snapshots. Raises `Conflict` if somebody saved meanwhile."""
        before = await self.get(id)
        where = {"team": self._team, "revision": revision}
        (outcome,) = await self._documents.write([Delete(GRAPHS, id, where)])
        if outcome is not Outcome.STORED:
            raise _changed(id, before.revision, revision)
        # What a crash leaves of them is never asked for again: ids are not used twice.
        kept = await self._documents.find(REVISIONS, {"_id": Prefix(f"{id}/")}, fields=("_id",))
        if kept:
            await self._documents.write([Delete(REVISIONS, document["_id"]) for document in kept])


def _revision_id(graph: str, revision: int) -> str:
    """Text order is their order."""
    return f"{graph}/{revision:09}"


def _changed(id: str, current: int, expected: int) -> Conflict:
    return Conflict(
        f"graph '{id}' is at revision {current}, your change was made from {expected}: read it again, and repeat it"
    )


def _stored(document: Document) -> StoredGraph:
    return StoredGraph(_summary(document), Graph.model_validate(document["graph"]))


def _fields(graph: Graph, author: str, now: str) -> dict[str, Any]:
    return {
        "name": graph.name,
        "title": graph.title,
        "description": graph.description,
        "tags": list(graph.tags),
        "node_count": len(graph.nodes),
        "operations": operation_references(graph),
        "saved_by": author,
        "graph": graph.to_document(),
        "updated_at": now,
    }


def _summary(document: Document) -> GraphSummary:
    return GraphSummary(
        id=document["_id"],
        tags=tuple(document["tags"]),
        saved_by=document.get("saved_by", ""),
        created_at=parse_timestamp(document["created_at"]),
        updated_at=parse_timestamp(document["updated_at"]),
        **{
            name: document[name]
            for name in ("team", "name", "title", "description", "author", "revision", "node_count", "origin")
        },
    )
