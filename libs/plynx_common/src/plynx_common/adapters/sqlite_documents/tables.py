"""Tables of the database: one of documents for each collection, and one for their large fields.

A document is one row of JSON. Its top-level fields of `LARGE` bytes and more lie in a table of their own: the
specification of a run stays untouched there while the run's state changes a hundred times, and lists and sweeps do not
read it. Fields that are indexed stay in the row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import orjson

from plynx_common.adapters.document_algebra import segments
from plynx_common.adapters.sqlite_documents.queries import column
from plynx_common.domain.errors import Conflict
from plynx_common.interfaces.documents import Document, Index

LARGE = 4096


@dataclass(frozen=True, slots=True)
class Statements:
    create: tuple[str, str]
    select: str
    insert: str
    update: str
    delete: str
    select_large: str
    put_large: str
    delete_large: str
    whole: str
    """An expression for the JSON of the whole document, where a query looks into a field that may be large."""


@lru_cache(maxsize=1024)
def statements(collection: str) -> Statements:
    """`collection` has been checked: nothing in it ends the quotes."""
    rows, large = f'"{collection}"', f'"{collection}:large"'
    merged = f"SELECT json_group_object(field, json(value)) FROM {large} WHERE {large}.id = {rows}.id"
    return Statements(
        create=(
            f"CREATE TABLE {rows} (id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL, large TEXT)",
            f"CREATE TABLE {large} (id TEXT NOT NULL, field TEXT, value TEXT NOT NULL, PRIMARY KEY (id, field))",
        ),
        select=f"SELECT doc, large FROM {rows} WHERE id = ?",
        insert=f"INSERT OR IGNORE INTO {rows} VALUES (?, ?, ?)",
        update=f"UPDATE OR IGNORE {rows} SET doc = ?, large = ? WHERE id = ?",
        delete=f"DELETE FROM {rows} WHERE id = ?",
        select_large=f"SELECT value FROM {large} WHERE id = ? AND field = ?",
        put_large=f"INSERT OR REPLACE INTO {large} VALUES (?, ?, ?)",
        delete_large=f"DELETE FROM {large} WHERE id = ? AND field = ?",
        whole=f"(CASE WHEN large IS NULL THEN doc ELSE json_patch(doc, ({merged})) END)",
    )


class Tables:
    """Which tables and large fields there are; changed by the writer only, inside its transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.readable: frozenset[str] = frozenset()
        """Collections that readers can see: those that are committed."""
        self.large: dict[str, set[str]] = {}
        """By collection, the fields that are large in at least one document, and perhaps some more."""
        self.indexed: dict[str, set[str]] = {}
        """By collection, the top-level fields that some index looks at."""
        self.names: set[str] = set()
        self._brought_home: list[tuple[str, str]] = []
        self._is_changed = True
        for table in ('"plynx:large"', '"plynx:indexed"'):
            columns = "collection TEXT, field TEXT, PRIMARY KEY (collection, field)"
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        self.rolled_back()

    def committed(self) -> None:
        if not self._is_changed:
            return
        for collection, field in self._brought_home:
            self.large[collection].discard(field)
        self._brought_home.clear()
        self.readable = frozenset(self.names)
        self._is_changed = False

    def rolled_back(self) -> None:
        """What was made in the transaction is gone."""
        if not self._is_changed:
            return
        self._brought_home.clear()
        tables = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.names = {name for (name,) in tables if ":" not in name}
        self.large = self._fields('"plynx:large"')
        self.indexed = self._fields('"plynx:indexed"')
        self.committed()

    def _fields(self, table: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for collection, field in self._connection.execute(f"SELECT collection, field FROM {table}"):
            found.setdefault(collection, set()).add(field)
        return found

    def ensure(self, collection: str) -> None:
        if collection in self.names:
            return
        self._is_changed = True
        for sql in statements(collection).create:
            self._connection.execute(sql)
        self.names.add(collection)

    def note_large(self, collection: str, fields: Iterable[str]) -> None:
        known = self.large.setdefault(collection, set())
        for field in fields:
            if field not in known:
                self._is_changed = True
                self._connection.execute('INSERT OR IGNORE INTO "plynx:large" VALUES (?, ?)', (collection, field))
                known.add(field)

    def index(self, indexes: Iterable[Index]) -> None:
        """Raises `Conflict` where documents are not unique."""
        for index in indexes:
            self.ensure(index.collection)
            for name in dict.fromkeys(segments(field)[0] for field in index.fields):
                self._bring_home(index.collection, name)
            try:
                self._connection.execute(_index_sql(index))
            except sqlite3.IntegrityError as error:
                raise Conflict(
                    f"documents of '{index.collection}' share their {', '.join(index.fields)}: "
                    "change or delete them before these must be unique"
                ) from error

    def _bring_home(self, collection: str, field: str) -> None:
        """Moves a field back into the rows, where indexes see it."""
        self._is_changed = True
        self._connection.execute('INSERT OR IGNORE INTO "plynx:indexed" VALUES (?, ?)', (collection, field))
        self.indexed.setdefault(collection, set()).add(field)
        if field not in self.large.get(collection, ()):
            return
        sql = statements(collection)
        rows = f'SELECT id, value FROM "{collection}:large" WHERE field = ?'
        for id, value in self._connection.execute(rows, (field,)).fetchall():
            doc, large = self._connection.execute(sql.select, (id,)).fetchone()
            document: Document = orjson.loads(doc)
            document[field] = orjson.loads(value)
            names = [name for name in orjson.loads(large) if name != field]
            self._connection.execute(sql.update, (orjson.dumps(document).decode(), large_names(names), id))
            self._connection.execute(sql.delete_large, (id, field))
        self._connection.execute('DELETE FROM "plynx:large" WHERE collection = ? AND field = ?', (collection, field))
        self._brought_home.append((collection, field))  # readers still see the rows as they were


def large_names(names: Iterable[str]) -> str | None:
    """As they stand in the row."""
    found = sorted(names)
    return orjson.dumps(found).decode() if found else None


def _index_sql(index: Index) -> str:
    """An index that is not unique ends with `_id`, as every order does."""
    columns = [column(field) for field in index.fields]
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    if not index.unique and "_id" not in index.fields:
        columns.append("id")
    name = f"{index.collection} by {', '.join(index.fields)}{' unique' if index.unique else ''}"
    return f'CREATE {kind} IF NOT EXISTS "{name}" ON "{index.collection}" ({", ".join(columns)})'
