"""The one writer: batches that wait are stored together, with one commit and one fsync for all of them.

Statements run on the event loop's thread and the commit on a thread of its own. Each statement releases the
interpreter's lock, and a thread that needs it back 130 times a batch from a busy event loop waits longer for it than
for the disk; the commit needs it back once. Batches that are large, or that meet a lock, go to the thread as a whole.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plynx_common.adapters.sqlite_documents.changes import Changes, Prepared
from plynx_common.adapters.sqlite_documents.connecting import WAIT_FOR_LOCK, error_code, unavailable
from plynx_common.adapters.sqlite_documents.tables import Tables
from plynx_common.interfaces.documents import Outcome

WRITES_TOGETHER = 1000
"""At most so many writes of several batches share a commit; one batch alone may be larger."""
_Outcomes = list[list[Outcome]]


@dataclass(slots=True)
class Waiting:
    writes: list[Prepared]
    is_large: bool
    done: asyncio.Future[list[Outcome]]


class Writer:
    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="plynx-documents-writer")
        self._waiting: deque[Waiting] = deque()
        self._jobs: deque[tuple[Callable[[], None], asyncio.Future[None]]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self.tables = Tables(connection)
        self._changes = Changes(connection, self.tables)
        connection.execute("PRAGMA busy_timeout = 0")  # the event loop waits for no lock

    async def write(self, writes: list[Prepared], *, is_large: bool) -> list[Outcome]:
        """Raises `StoreUnavailable`."""
        waiting = Waiting(writes, is_large, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._idle.is_set():
            self._next()
        return await waiting.done

    async def run(self, job: Callable[[], None]) -> None:
        """In a transaction of its own, on the thread. Raises `StoreUnavailable` and what the job raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.append((job, done))
        if self._idle.is_set():
            self._next()
        await done

    async def drain(self) -> None:
        """Waits until everything handed in is stored."""
        await self._idle.wait()

    async def close(self) -> None:
        """Once drained, and as the last of all connections: the last one tidies up the write-ahead log."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    def _next(self) -> None:
        """Starts what waits; `_idle` is cleared as long as the connection is in use."""
        while self._waiting or self._jobs:
            self._idle.clear()
            if self._jobs:
                job, done = self._jobs.popleft()
                self._on_thread(lambda job=job: self._transaction(job), [done], lambda _: [None])
                return
            group = self._take()
            if any(waiting.is_large for waiting in group):
                self._store_on_thread(group)
                return
            if self._store(group):
                return
        self._idle.set()

    def _take(self) -> list[Waiting]:
        group = [self._waiting.popleft()]
        size = len(group[0].writes)
        while self._waiting and size + len(self._waiting[0].writes) <= WRITES_TOGETHER:
            group.append(self._waiting.popleft())
            size += len(group[-1].writes)
        return group

    def _store(self, group: list[Waiting]) -> bool:
        """Whether the thread is busy with it now."""
        try:
            changes_before = self._connection.total_changes
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = self._apply(group)
        except sqlite3.Error as error:
            self._roll_back()
            if error_code(error) == sqlite3.SQLITE_BUSY:
                self._store_on_thread(group)
                return True
            _fail([waiting.done for waiting in group], unavailable(self._path, error))
            return False
        except BaseException as error:
            self._roll_back()
            _fail([waiting.done for waiting in group], error)
            self._idle.set()
            raise
        if self._connection.total_changes == changes_before:
            self._roll_back()
            _resolve([waiting.done for waiting in group], outcomes)
            return False
        self._on_thread(self._commit, [waiting.done for waiting in group], lambda is_sure: _said(outcomes, is_sure))
        return True

    def _store_on_thread(self, group: list[Waiting]) -> None:
        outcomes: _Outcomes = []

        def job() -> None:
            outcomes.extend(self._apply(group))

        dones = [waiting.done for waiting in group]
        self._on_thread(lambda: self._transaction(job), dones, lambda is_sure: _said(outcomes, is_sure))

    def _apply(self, group: list[Waiting]) -> _Outcomes:
        return [self._changes.apply(waiting.writes) for waiting in group]

    def _on_thread(
        self, work: Callable[[], bool], dones: list[asyncio.Future[Any]], results: Callable[[bool], list[Any]]
    ) -> None:
        def finished(future: asyncio.Future[bool]) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, sqlite3.Error):
                error = unavailable(self._path, error)
            if error is None:
                _resolve(dones, results(future.result()))
            else:
                _fail(dones, error)
            self._next()

        asyncio.get_running_loop().run_in_executor(self._thread, work).add_done_callback(finished)

    def _transaction(self, job: Callable[[], None]) -> bool:
        """On the thread, which may wait for a lock."""
        self._connection.execute(f"PRAGMA busy_timeout = {int(WAIT_FOR_LOCK * 1000)}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            job()
            return self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")

    def _commit(self) -> bool:
        """False where it is not known whether it happened: the disk failed while it was told to keep it."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            if error_code(error) == sqlite3.SQLITE_IOERR:
                return False
            raise
        self.tables.committed()
        return True

    def _roll_back(self) -> None:
        # What went wrong before is what is told; a transaction that is still open is rolled back before the next one.
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:  # SQLite has rolled back by itself where it ran out of disk
                self._connection.execute("ROLLBACK")
            self.tables.rolled_back()


def _said(outcomes: _Outcomes, is_sure: bool) -> _Outcomes:  # noqa: FBT001
    return outcomes if is_sure else [[Outcome.UNKNOWN] * len(found) for found in outcomes]


def _resolve(dones: list[asyncio.Future[Any]], results: list[Any]) -> None:
    for done, result in zip(dones, results, strict=True):
        if not done.done():  # whoever waited may have been cancelled
            done.set_result(result)


def _fail(dones: list[asyncio.Future[Any]], error: BaseException) -> None:
    for done in dones:
        if not done.done():
            done.set_exception(error)
