"""Batches of writes on the writer's connection: decided by reading each document, inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from plynx_common.adapters.document_algebra import (
    changed,
    encoded_change,
    encoded_document,
    matches,
    segments,
)
from plynx_common.adapters.sqlite_documents.tables import LARGE, Statements, Tables, large_names, statements
from plynx_common.interfaces.documents import CompareAndSet, Document, Insert, Outcome, Where, Write


class Insertion(NamedTuple):
    collection: str
    id: str
    json: bytes


class Change(NamedTuple):
    collection: str
    id: str
    where: Where
    set: Document
    append: Document


class Deletion(NamedTuple):
    collection: str
    id: str
    where: Where


Prepared = Insertion | Change | Deletion


def prepared(batch: Sequence[Write]) -> tuple[list[Prepared], bool]:
    """Copies that share nothing with the caller, and whether any is large. Raises `InvalidInput`."""
    found: list[Prepared] = []
    is_large = False
    for write in batch:
        if isinstance(write, Insert):
            json = encoded_document(write)
            is_large = is_large or len(json) > LARGE
            found.append(Insertion(write.collection, write.document["_id"], json))
            continue
        content, append = encoded_change(write)
        if isinstance(write, CompareAndSet):
            found.append(Change(write.collection, write.id, dict(write.where), content, append))
        else:
            found.append(Deletion(write.collection, write.id, dict(write.where)))
    return found, is_large


class Changes:
    def __init__(self, connection: sqlite3.Connection, tables: Tables) -> None:
        self._execute = connection.execute
        self._tables = tables

    def apply(self, batch: Iterable[Prepared]) -> list[Outcome]:
        return [Outcome.STORED if self._apply(change) else Outcome.MISSED for change in batch]

    def _apply(self, change: Prepared) -> bool:
        sql = statements(change.collection)
        if isinstance(change, Insertion):
            return self._insert(sql, change)
        if change.collection not in self._tables.names:
            return False
        return self._change(sql, change) if isinstance(change, Change) else self._delete(sql, change)

    def _insert(self, sql: Statements, insertion: Insertion) -> bool:
        self._tables.ensure(insertion.collection)
        json, pieces = insertion.json, dict[str, bytes]()
        if len(json) > LARGE:
            json, pieces = self._split(insertion.collection, orjson.loads(json), json)
        row = (insertion.id, json.decode(), large_names(pieces))
        if self._execute(sql.insert, row).rowcount == 0:
            return False
        self._put_large(sql, insertion, pieces)
        return True

    def _change(self, sql: Statements, change: Change) -> bool:
        row = self._row(sql, change.id)
        if row is None:
            return False
        text, large = row
        before: Document = orjson.loads(text)
        if large is not None:
            return self._change_with_large(sql, change, before, set(orjson.loads(large)))
        if not matches(before, change.where):
            return False
        after = changed(before, change.set, change.append)
        if after is None:
            return False
        json, pieces = orjson.dumps(after), dict[str, bytes]()
        if len(json) > LARGE:
            json, pieces = self._split(change.collection, after, json)
        if self._execute(sql.update, (json.decode(), large_names(pieces), change.id)).rowcount == 0:
            return False
        self._put_large(sql, change, pieces)
        return True

    def _change_with_large(self, sql: Statements, change: Change, before: Document, large: set[str]) -> bool:
        """Reads those large fields only that the change looks at, and writes those only that it sets."""
        set_or_appended = _top_level([*change.set, *change.append])
        looked_at = large & (_top_level(change.where) | _top_level(_read_by(change)))
        before.update({name: self._large(sql, change.id, name) for name in looked_at})
        if not matches(before, change.where):
            return False
        after = changed(before, change.set, change.append)
        if after is None:
            return False
        for name in looked_at - set_or_appended:
            del after[name]
        json, pieces = self._split(change.collection, after, orjson.dumps(after))
        kept = large - set_or_appended
        row = (json.decode(), large_names(kept | pieces.keys()), change.id)
        if self._execute(sql.update, row).rowcount == 0:
            return False
        for name in large - kept - pieces.keys():
            self._execute(sql.delete_large, (change.id, name))
        self._put_large(sql, change, pieces)
        return True

    def _delete(self, sql: Statements, deletion: Deletion) -> bool:
        row = self._row(sql, deletion.id)
        if row is None:
            return False
        names: list[str] = [] if row[1] is None else orjson.loads(row[1])
        if deletion.where:
            document: Document = orjson.loads(row[0])
            looked_at = _top_level(deletion.where).intersection(names)
            document.update({name: self._large(sql, deletion.id, name) for name in looked_at})
            if not matches(document, deletion.where):
                return False
        self._execute(sql.delete, (deletion.id,))
        for name in names:
            self._execute(sql.delete_large, (deletion.id, name))
        return True

    def _row(self, sql: Statements, id: str) -> tuple[str, str | None] | None:
        try:
            return self._execute(sql.select, (id,)).fetchone()
        except UnicodeEncodeError:  # a lone surrogate: no document has such an _id
            return None

    def _split(self, collection: str, document: Document, json: bytes) -> tuple[bytes, dict[str, bytes]]:
        """The row, and the fields that are too large for it."""
        if len(json) <= LARGE:
            return json, {}
        stay = self._tables.indexed.get(collection, set())
        pieces: dict[str, bytes] = {}
        for name, value in document.items():
            if isinstance(value, str | list | dict) and name != "_id" and name not in stay:
                piece = orjson.dumps(value)
                if len(piece) >= LARGE:
                    pieces[name] = piece
        if not pieces:
            return json, pieces
        return orjson.dumps({name: value for name, value in document.items() if name not in pieces}), pieces

    def _put_large(self, sql: Statements, change: Insertion | Change, pieces: dict[str, bytes]) -> None:
        if pieces:
            self._tables.note_large(change.collection, pieces)
            for name, piece in pieces.items():
                self._execute(sql.put_large, (change.id, name, piece.decode()))

    def _large(self, sql: Statements, id: str, name: str) -> Any:
        return orjson.loads(self._execute(sql.select_large, (id, name)).fetchone()[0])


def _top_level(paths: Iterable[str]) -> set[str]:
    return {segments(path)[0] for path in paths}


def _read_by(change: Change) -> list[str]:
    """What is changed in part only."""
    return [*change.append, *(path for path in change.set if "." in path)]
