"""The saved graphs of one team: drafts, valid or not, each save checked against the revision it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.domain.graph import Graph
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    DocumentStore,
    Insert,
    Outcome,
    Sort,
)

GRAPHS = "graphs"
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
            **_fields(graph, now),
        }
        (outcome,) = await self._documents.write([Insert(GRAPHS, document)])
        if outcome is not Outcome.STORED:
            raise Conflict("the graph could not be stored: try again")
        return StoredGraph(_summary(document), graph)

    async def get(self, id: str) -> StoredGraph:
        """Raises `NotFound`, also for another team's."""
        document = await self._documents.get(GRAPHS, id)
        if document is None or document["team"] != self._team:
            raise NotFound(f"there is no graph '{id}'")
        return StoredGraph(_summary(document), Graph.model_validate(document["graph"]))

    async def list(
        self, where: Mapping[str, Any] | None = None, *, limit: int = 50, after: tuple[str, str] | None = None
    ) -> list[GraphSummary]:
        """Latest change first. `where`: name, author, tags. `after` = (`updated_at`, id) of the page's last one."""
        scoped = {**(where or {}), "team": self._team}
        sort = Sort("updated_at", descending=True)
        found = await self._documents.find(GRAPHS, scoped, sort=sort, limit=limit, after=after, fields=_SUMMARY)
        return [_summary(document) for document in found]

    async def save(self, id: str, graph: Graph, revision: int) -> StoredGraph:
        """Raises `Conflict` if somebody saved meanwhile."""
        before = await self.get(id)
        changed = {"revision": revision + 1, **_fields(graph, timestamp(self._clock.now()))}
        where = {"team": self._team, "revision": revision}
        (outcome,) = await self._documents.write([CompareAndSet(GRAPHS, id, where, changed)])
        if outcome is not Outcome.STORED:
            raise _changed(id, before.revision, revision)
        return await self.get(id)

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


def _changed(id: str, current: int, expected: int) -> Conflict:
    return Conflict(
        f"graph '{id}' is at revision {current}, your change was made from {expected}: read it again, and repeat it"
    )


def _fields(graph: Graph, now: str) -> dict[str, Any]:
    return {
        "name": graph.name,
        "title": graph.title,
        "description": graph.description,
        "tags": list(graph.tags),
        "node_count": len(graph.nodes),
        "graph": graph.to_document(),
        "updated_at": now,
    }


def _summary(document: Document) -> GraphSummary:
    return GraphSummary(
        id=document["_id"],
        tags=tuple(document["tags"]),
        created_at=parse_timestamp(document["created_at"]),
        updated_at=parse_timestamp(document["updated_at"]),
        **{
            name: document[name]
            for name in ("team", "name", "title", "description", "author", "revision", "node_count", "origin")
        },
    )
