"""`SqliteDocuments`: the asynchronous face of the database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from plynx_common.adapters.document_algebra import check_collection, check_index, check_query
from plynx_common.adapters.sqlite_documents.changes import prepared
from plynx_common.adapters.sqlite_documents.connecting import connect_reader, connect_writer, unavailable
from plynx_common.adapters.sqlite_documents.reading import Query, Reader
from plynx_common.adapters.sqlite_documents.writer import Writer
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.documents import Document, In, Index, Outcome, Sort, Where, Write

_READERS = 3
"""Threads, so that one long search does not hold up the others."""
_FEW = 32
"""So many documents by `_id` are read at once: going to a thread and back would take longer."""

_Read = TypeVar("_Read")


class SqliteDocuments:
    """A `DocumentStore`, for one process at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use `open`."""
        self._path = path
        self._writer = Writer(path, connection)
        self._at_once = Reader(connect_reader(path), self._writer.tables)
        self._readers = [Reader(connect_reader(path), self._writer.tables) for _ in range(_READERS)]
        self._idle: SimpleQueue[Reader] = SimpleQueue()
        for reader in self._readers:
            self._idle.put(reader)
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="plynx-documents-reader")
        self._is_closed = False

    @classmethod
    async def open(cls, path: Path | str) -> SqliteDocuments:
        """Makes the file where there is none, but no directory. Raises `StoreUnavailable` and `Misconfigured`."""
        path = Path(path)
        connection = await asyncio.to_thread(connect_writer, path)
        try:
            return cls(path, connection)
        except sqlite3.Error as error:
            connection.close()
            raise unavailable(path, error) from error

    async def get(self, collection: str, id: str) -> Document | None:
        check_collection(collection)
        try:
            return self._read_at_once(lambda reader: reader.get(collection, id))
        except UnicodeEncodeError:  # a lone surrogate: no document has such an _id
            return None

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
        query = Query(collection, where, sort, limit, after, fields)
        if _names_few(where):
            return self._read_at_once(lambda reader: reader.find(query))
        return await self._read(lambda reader: reader.find(query))

    async def count(self, collection: str, where: Where) -> int:
        check_query(collection, where)
        query = Query(collection, where)
        return await self._read(lambda reader: reader.count(query))

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self._check_open()
        writes, is_large = prepared(batch)
        return await self._writer.write(writes, is_large=is_large) if writes else []

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Raises `Conflict` where documents are not unique."""
        self._check_open()
        for index in indexes:
            check_index(index)
        await self._writer.run(lambda: self._writer.tables.index(indexes))

    async def close(self) -> None:
        """What was handed in before is stored first."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writer.drain()
        await asyncio.to_thread(self._threads.shutdown)
        self._at_once.close()
        for reader in self._readers:
            reader.close()
        await self._writer.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable(f"document store '{self._path}' is closed: open it again")

    def _read_at_once(self, read: Callable[[Reader], _Read]) -> _Read:
        self._check_open()
        try:
            return read(self._at_once)
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error

    async def _read(self, read: Callable[[Reader], _Read]) -> _Read:
        self._check_open()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._on_thread, read)
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error

    def _on_thread(self, read: Callable[[Reader], _Read]) -> _Read:
        reader = self._idle.get()
        try:
            return read(reader)
        finally:
            self._idle.put(reader)


def _names_few(where: Where) -> bool:
    match where.get("_id"):
        case str():
            return True
        case In(ids):
            return len(ids) <= _FEW
        case _:
            return False
