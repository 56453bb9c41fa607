"""Documents in memory: gone with the process; for tests, the simulation and platforms that keep nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import orjson

from plynx_common.adapters.document_algebra import (
    changed,
    check_collection,
    check_index,
    check_query,
    encoded_change,
    encoded_document,
    matches,
    projected,
    sort_key,
    value_at,
)
from plynx_common.domain.errors import Conflict, StoreUnavailable
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    In,
    Index,
    Insert,
    Outcome,
    Prefix,
    Sort,
    Where,
    Write,
)

_Change = tuple[Write, Document, Document]
"""A write with what it inserts or sets, and what it appends: copies of its own."""


class MemoryDocuments:
    """A `DocumentStore`. Nothing suspends inside, so that each call is one step."""

    def __init__(self) -> None:
        self._collections: dict[str, dict[str, Document]] = {}
        self._unique: dict[str, list[_UniqueIndex]] = {}
        self._is_closed = False

    async def get(self, collection: str, id: str) -> Document | None:
        check_collection(collection)
        found = self._of(collection).get(id)
        return None if found is None else _copy(found)

    async def find(
        self,
        collection: str,
        where: Where,
        *,
        sort: Sort = Sort(),
        limit: int | None = None,
        after: tuple[Any, str] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        check_query(collection, where, sort.field, limit, after, fields)
        found = [(_position(document, sort.field), document) for document in self._matching(collection, where)]
        if after is not None:
            last = after[1] if sort.field == "_id" else (sort_key(after[0]), after[1])
            found = [entry for entry in found if (entry[0] < last if sort.descending else entry[0] > last)]
        found.sort(key=itemgetter(0), reverse=sort.descending)
        return [_copy(projected(document, fields)) for _, document in found[:limit]]

    async def count(self, collection: str, where: Where) -> int:
        check_query(collection, where)
        return sum(1 for _ in self._matching(collection, where))

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self._check_open()
        return [self._apply(change) for change in [_private(write) for write in batch]]

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Only unique ones mean anything here. Raises `Conflict` where documents are not unique."""
        self._check_open()
        for index in indexes:
            check_index(index)
            known = self._unique.setdefault(index.collection, [])
            if index.unique and all(other.fields != index.fields for other in known):
                known.append(_UniqueIndex(index, self._of(index.collection).values()))

    async def close(self) -> None:
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable("the documents in memory are closed: open them again")

    def _of(self, collection: str) -> dict[str, Document]:
        self._check_open()
        return self._collections.setdefault(collection, {})

    def _matching(self, collection: str, where: Where) -> Iterable[Document]:
        documents = self._of(collection)
        match where.get("_id"):
            case str(id):
                candidates: Iterable[Document] = [documents[id]] if id in documents else []
            case In(ids):
                candidates = [documents[id] for id in dict.fromkeys(ids) if id in documents]
            case Prefix(prefix):
                candidates = [document for id, document in documents.items() if id.startswith(prefix)]
            case _:
                candidates = documents.values()
        return (document for document in candidates if matches(document, where))

    def _apply(self, change: _Change) -> Outcome:
        write, content, append = change
        documents = self._of(write.collection)
        if isinstance(write, Insert):
            is_stored = content["_id"] not in documents and self._replace(write.collection, None, content)
            return Outcome.STORED if is_stored else Outcome.MISSED
        before = documents.get(write.id)
        if before is None or not matches(before, write.where):
            return Outcome.MISSED
        if isinstance(write, Delete):
            self._replace(write.collection, before, None)
            return Outcome.STORED
        after = changed(before, content, append)
        is_stored = after is not None and self._replace(write.collection, before, after)
        return Outcome.STORED if is_stored else Outcome.MISSED

    def _replace(self, collection: str, before: Document | None, after: Document | None) -> bool:
        """False, and nothing done, where a unique index says no."""
        indexes = self._unique.get(collection, ())
        if after is not None and not all(index.allows(after) for index in indexes):
            return False
        for index in indexes:
            index.replace(before, after)
        documents = self._collections[collection]
        if after is not None:
            documents[after["_id"]] = after
        elif before is not None:
            del documents[before["_id"]]
        return True


class _UniqueIndex:
    def __init__(self, index: Index, documents: Iterable[Document]) -> None:
        self.fields = index.fields
        self._ids: dict[tuple[Any, ...], str] = {}
        for document in documents:
            if not self.allows(document):
                raise Conflict(
                    f"documents of '{index.collection}' share their {', '.join(index.fields)} "
                    f"('{document['_id']}' is one): change or delete them before these must be unique"
                )
            self.replace(None, document)

    def allows(self, document: Document) -> bool:
        key = self._key(document)
        return key is None or self._ids.get(key, document["_id"]) == document["_id"]

    def replace(self, before: Document | None, after: Document | None) -> None:
        if before is not None and (key := self._key(before)) is not None:
            del self._ids[key]
        if after is not None and (key := self._key(after)) is not None:
            self._ids[key] = after["_id"]

    def _key(self, document: Document) -> tuple[Any, ...] | None:
        values = [value_at(document, field) for field in self.fields]
        return None if None in values else tuple(sort_key(value) for value in values)


def _private(write: Write) -> _Change:
    if isinstance(write, Insert):
        return write, orjson.loads(encoded_document(write)), {}
    content, append = encoded_change(write)
    if isinstance(write, CompareAndSet):
        return write, content, append
    return write, {}, {}


def _copy(document: Document) -> Document:
    return orjson.loads(orjson.dumps(document))


def _position(document: Document, field: str) -> Any:
    id = document["_id"]
    return id if field == "_id" else (sort_key(value_at(document, field)), id)
