"""One search over operations, files, graphs and runs: the newest of each that the tokens leave, then the words.

The store has no index of words: of each kind the newest `LOOKED_AT` are looked at, and the answer says where there are
more. An id, a reference or a digest finds its thing however old it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_api.searching import Kind, Query, SortKey
from plynx_api.views import View
from plynx_common.domain.access import POLICY, Principal, in_scopes
from plynx_common.domain.kinds import FILE_KIND, KINDS
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.documents import Document, DocumentStore, Has, In, Sort
from plynx_common.repositories.artifacts import ARTIFACTS
from plynx_common.repositories.graphs import GRAPHS
from plynx_common.repositories.operations import OPERATIONS
from plynx_common.repositories.runs import RUNS

LOOKED_AT = 1000
ACTIONS = {
    Kind.OPERATION: "operation.read",
    Kind.FILE: "operation.read",
    Kind.GRAPH: "graph.read",
    Kind.RUN: "run.read",
    Kind.ARTIFACT: "artifact.read",
}
"""What a caller must be allowed to, to find such a thing."""


class Hit(View):
    kind: Kind
    id: str
    """`team/name@version` of operations and files, the digest of an artifact."""
    name: str
    title: str
    author: str
    status: str | None
    """Of a version, or the state of a run; null for graphs and artifacts."""
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    """Of a run: when it ended."""


@dataclass(frozen=True, slots=True)
class Found:
    hits: list[Hit]
    """All of them, sorted."""
    more: list[Kind]
    """Of these only the newest were looked at."""


@dataclass(frozen=True, slots=True)
class _Collection:
    name: str
    kinds: frozenset[Kind]
    time: str
    """What its index sorts by."""
    fields: tuple[str, ...]
    where: Callable[[Query], dict[str, Any]]
    hit: Callable[[Document], Hit]


async def find(documents: DocumentStore, caller: Principal, query: Query) -> Found:
    """Only what the caller's token may read."""
    team, readable = caller.team, _readable(caller)
    hits: dict[str, Hit] = {}
    more: list[Kind] = []
    for collection in COLLECTIONS:
        kinds = collection.kinds & query.kinds & readable
        if not kinds:
            continue
        found = await documents.find(
            collection.name,
            {**collection.where(query), "team": team},
            sort=Sort(collection.time, descending=True),
            limit=LOOKED_AT + 1,
            fields=collection.fields,
        )
        hits |= {each["_id"]: collection.hit(each) for each in found[:LOOKED_AT] if _matches(each, query)}
        if len(found) > LOOKED_AT:
            more += sorted(kinds)
    async for hit in _named(documents, team, query):
        if hit.kind in readable:
            hits.setdefault(hit.id, hit)
    ordered = sorted(hits.values(), key=lambda hit: place_of(hit, query), reverse=not query.is_ascending)
    return Found(ordered, more)


def _readable(caller: Principal) -> frozenset[Kind]:
    return frozenset(
        kind for kind, action in ACTIONS.items() if caller.role >= POLICY[action] and in_scopes(caller.scopes, action)
    )


def place_of(hit: Hit, query: Query) -> tuple[str, str, str]:
    """What hits are sorted by, and what the next page comes after."""
    match query.sort:
        case SortKey.UPDATED:
            value = timestamp(hit.updated_at)
        case SortKey.CREATED:
            value = timestamp(hit.created_at)
        case SortKey.NAME:
            value = (hit.name or hit.title).lower()
        case SortKey.AUTHOR:
            value = hit.author.lower()
    return value, hit.kind.value, hit.id


def _matches(document: Mapping[str, Any], query: Query) -> bool:
    """What the store was not asked: words, and all tags but one."""
    tags: list[str] = document.get("tags") or []
    labels: dict[str, str] = document.get("labels") or {}
    texts = [document.get(name) or "" for name in ("_id", "name", "title", "description")]
    text = "\n".join([*texts, *tags, *labels, *labels.values()]).lower()
    return all(word in text for word in query.words) and all(tag in tags for tag in query.tags)


async def _named(documents: DocumentStore, team: str, query: Query) -> AsyncIterator[Hit]:
    """The thing whose id, reference or digest is the one word of the search, if nothing else is asked."""
    if query != Query(words=query.words, sort=query.sort, ascending=query.ascending) or len(query.words) != 1:
        return
    (word,) = query.words
    for collection in COLLECTIONS:
        document = await documents.get(collection.name, word)
        if document is not None and document["team"] == team:
            yield collection.hit(document)
    artifact = await documents.get(ARTIFACTS, f"{team}/{word}")
    if artifact is not None and artifact["state"] == "live":
        yield _of_artifact(artifact)


def _where_operations(query: Query) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "author": query.author,
        "status": query.status,
        "tags": _first_tag(query),
        "input_types": None if query.input_type is None else Has(query.input_type),
        "output_types": None if query.output_type is None else Has(query.output_type),
        "parent": query.original,
        "kind": query.operation_kind,
    }
    if Kind.OPERATION not in query.kinds:
        asked["kind"] = FILE_KIND
    elif Kind.FILE not in query.kinds and query.operation_kind is None:
        asked["kind"] = In(tuple(name for name in KINDS if name != FILE_KIND))
    return {name: value for name, value in asked.items() if value is not None}


def _where_graphs(query: Query) -> dict[str, Any]:
    origin = query.original
    asked: dict[str, Any] = {
        "author": query.author,
        "tags": _first_tag(query),
        "origin": None if origin is None else In((origin, f"graph/{origin}", f"run/{origin}")),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _where_runs(query: Query) -> dict[str, Any]:
    asked = {"author": query.author, "state": query.status}
    return {name: value for name, value in asked.items() if value is not None}


def _first_tag(query: Query) -> Has | None:
    return Has(query.tags[0]) if query.tags else None


def _of_operation(document: Document) -> Hit:
    kind = Kind.FILE if document["kind"] == FILE_KIND else Kind.OPERATION
    return _hit(document, kind, status=document["status"], updated_at=document["updated_at"])


def _of_graph(document: Document) -> Hit:
    return _hit(document, Kind.GRAPH, status=None, updated_at=document["updated_at"])


def _of_run(document: Document) -> Hit:
    ended = document["finished_at"] or document["created_at"]
    return _hit(document, Kind.RUN, status=document["state"], updated_at=ended)


def _of_artifact(document: Document) -> Hit:
    fields = {**document, "_id": document["digest"], "title": document["type"], "author": document["created_by"]}
    return _hit(fields, Kind.ARTIFACT, status=None, updated_at=document["created_at"])


def _hit(document: Mapping[str, Any], kind: Kind, *, status: str | None, updated_at: str) -> Hit:
    return Hit(
        kind=kind,
        id=document["_id"],
        name=document.get("name") or "",
        title=document.get("title") or "",
        author=document["author"],
        status=status,
        tags=document.get("tags") or [],
        created_at=parse_timestamp(document["created_at"]),
        updated_at=parse_timestamp(updated_at),
    )


_SHOWN = ("name", "title", "description", "author", "tags", "created_at", "updated_at")
COLLECTIONS = (
    _Collection(
        OPERATIONS,
        frozenset({Kind.OPERATION, Kind.FILE}),
        "updated_at",
        (*_SHOWN, "kind", "status"),
        _where_operations,
        _of_operation,
    ),
    _Collection(GRAPHS, frozenset({Kind.GRAPH}), "updated_at", _SHOWN, _where_graphs, _of_graph),
    _Collection(
        RUNS,
        frozenset({Kind.RUN}),
        "created_at",
        ("title", "author", "state", "labels", "created_at", "finished_at"),
        _where_runs,
        _of_run,
    ),
)
