"""Reads on a connection of their own: each sees everything committed before it began, and blocks no write.

Rows are joined into one JSON array inside SQLite: each row fetched alone costs a release of the interpreter's lock, and
getting it back from a busy event loop may take milliseconds each time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from plynx_common.adapters.document_algebra import projected, segments
from plynx_common.adapters.sqlite_documents.queries import DOC, Condition, conditions, json_path, order, pages
from plynx_common.adapters.sqlite_documents.tables import Tables, statements
from plynx_common.interfaces.documents import Document, Sort, Where

_FEW_FIELDS = 10
_FEW_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class Query:
    collection: str
    where: Where
    sort: Sort = Sort()
    limit: int | None = None
    after: tuple[Any, str] | None = None
    fields: Sequence[str] | None = None


class Reader:
    def __init__(self, connection: sqlite3.Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def get(self, collection: str, id: str) -> Document | None:
        if collection not in self._tables.readable:
            return None
        if not self._tables.large.get(collection):
            row = self._connection.execute(statements(collection).select, (id,)).fetchone()
            if row is None or row[1] is None:
                return None if row is None else orjson.loads(row[0])
        # Something is large, perhaps since a moment ago: row and fields are read from one state.
        with self._one_state():
            row = self._connection.execute(statements(collection).select, (id,)).fetchone()
            if row is None:
                return None
            document: Document = orjson.loads(row[0])
            if row[1] is not None:
                self._add_large(collection, [document], None)
        return document

    def find(self, query: Query) -> list[Document]:
        if query.collection not in self._tables.readable or query.limit == 0:
            return []
        found: list[Document] = []
        with self._one_state():
            doc = self._doc(query)
            for page in pages(query.sort, query.after, doc):
                left = -1 if query.limit is None else query.limit - len(found)
                found += self._page(query, doc, page, left)
                if query.limit is not None and len(found) >= query.limit:
                    break
            self._add_large(query.collection, found, query.fields)
        if doc != self._doc(query):  # a field has become large meanwhile, perhaps before this state
            return self.find(query)
        return [projected(document, query.fields) for document in found]

    def count(self, query: Query) -> int:
        if query.collection not in self._tables.readable:
            return 0
        doc = self._doc(query)
        sql, parameters = _where(conditions(query.where, doc))
        row = self._connection.execute(f'SELECT count(*) FROM "{query.collection}" {sql}', parameters).fetchone()
        return row[0] if doc == self._doc(query) else self.count(query)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _one_state(self) -> Generator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def _doc(self, query: Query) -> str:
        """Rows are enough, and indexes serve, unless the query looks into fields that are large somewhere."""
        looked_at = {segments(path)[0] for path in (*query.where, query.sort.field)}
        if looked_at.isdisjoint(self._tables.large.get(query.collection, ())):
            return DOC
        return statements(query.collection).whole

    def _page(self, query: Query, doc: str, page: Condition | None, limit: int) -> list[Document]:
        ranges = conditions(query.where, doc)
        where, parameters = _where(ranges if page is None else [*ranges, page])
        rows = f'SELECT doc FROM "{query.collection}" {where} ORDER BY {order(query.sort, doc)} LIMIT ?'
        few = query.fields if query.fields is not None and _is_worth_extracting(query.fields, limit) else None
        item = DOC if few is None else _extracted(few)
        sql = f"SELECT group_concat({item}, ',') FROM ({rows})"
        (joined,) = self._connection.execute(sql, (*parameters, limit)).fetchone()
        found: list[Any] = [] if joined is None else orjson.loads(b"[%b]" % joined)
        return found if few is None else [_assembled(row, few) for row in found]

    def _add_large(self, collection: str, documents: list[Document], fields: Sequence[str] | None) -> None:
        large = self._tables.large.get(collection, set())
        wanted = large if fields is None else large.intersection(fields)
        if not wanted or not documents:
            return
        by_id = {document["_id"]: document for document in documents}
        ids, names = (orjson.dumps(list(values)).decode() for values in (by_id, wanted))
        sql = (
            f'SELECT id, field, value FROM "{collection}:large" '
            "WHERE id IN (SELECT value FROM json_each(?)) AND field IN (SELECT value FROM json_each(?))"
        )
        for id, name, value in self._connection.execute(sql, (ids, names)):
            by_id[id.decode()][name.decode()] = orjson.loads(value)


def _where(ranges: Sequence[Condition]) -> tuple[str, tuple[Any, ...]]:
    if not ranges:
        return "", ()
    sql = " AND ".join(found.sql for found in ranges)
    return f"WHERE {sql}", tuple(value for found in ranges for value in found.parameters)


def _is_worth_extracting(fields: Sequence[str], limit: int) -> bool:
    """Many documents for little: SQLite reads them beside the event loop, Python would hold it up."""
    return 0 < len(fields) <= _FEW_FIELDS and not 0 <= limit <= _FEW_DOCUMENTS


def _extracted(fields: Sequence[str]) -> str:
    """`[[_id, value, ...], kind, ...]`, where the kind of a field that is absent is null."""
    paths = "".join(f", {json_path(field)}" for field in fields)
    kinds = "".join(f", json_type(doc, {json_path(field)})" for field in fields)
    return f"json_array(json_extract(doc, '$._id'{paths}){kinds})"


def _assembled(row: list[Any], fields: Sequence[str]) -> Document:
    values, *kinds = row
    document = {name: value for name, value, kind in zip(fields, values[1:], kinds, strict=True) if kind is not None}
    document["_id"] = values[0]
    return document
