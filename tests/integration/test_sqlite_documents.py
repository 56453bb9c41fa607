"""What the SQLite store promises beyond the contract: nothing acknowledged is lost, and trouble is told in words."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from plynx_common.adapters.sqlite_documents import SqliteDocuments, writer
from plynx_common.adapters.sqlite_documents.tables import LARGE
from plynx_common.domain.errors import Conflict, Misconfigured, StoreUnavailable
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
)
from plynx_common.repositories.indexes import INDEXES
from plynx_common.testing.eventually import eventually

WRITER = """
import asyncio, sys
from plynx_common.adapters.sqlite_documents import SqliteDocuments
from plynx_common.interfaces.documents import CompareAndSet, Insert

async def write(store, name):
    await store.write([Insert("runs", {"_id": name, "n": 0, "large": "0" * 9000})])
    for n in range(1, 100_000):
        await store.write([CompareAndSet("runs", name, {"n": n - 1}, {"n": n, "large": str(n % 10) * 9000})])
        print(name, n, flush=True)

async def main():
    store = await SqliteDocuments.open(sys.argv[1])
    await asyncio.gather(*(write(store, name) for name in "abc"))

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plynx.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[SqliteDocuments]:
    store = await SqliteDocuments.open(path)
    yield store
    await store.close()


@contextmanager
def traced(connection: sqlite3.Connection) -> Generator[list[str]]:
    """The statements that run meanwhile, parameters filled in."""
    found: list[str] = []
    connection.set_trace_callback(found.append)
    yield found
    connection.set_trace_callback(None)


@contextmanager
def locked(path: Path) -> Generator[sqlite3.Connection]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


async def fill(store: SqliteDocuments, count: int, size: int = 3000) -> None:
    for start in range(0, count, 100):
        await store.write([Insert("runs", {"_id": str(n), "text": "x" * size}) for n in range(start, start + 100)])


async def test_everything_is_there_after_closing_and_opening(path: Path) -> None:
    documents: list[Document] = [{"_id": "a", "n": 1}, {"_id": "b", "large": "x" * 10 * LARGE}]
    store = await SqliteDocuments.open(path)
    await store.ensure_indexes([Index("runs", ("n",), unique=True)])
    await store.write([Insert("runs", document) for document in documents])
    await store.close()
    store = await SqliteDocuments.open(str(path))
    assert await store.find("runs", {}) == documents
    assert await store.find("runs", {"large": Prefix("xx")}) == documents[1:]
    assert await store.write([Insert("runs", {"_id": "c", "n": 1})]) == [Outcome.MISSED]
    await store.close()
    assert [found.name for found in path.parent.iterdir()] == ["plynx.db"]
    assert path.stat().st_mode & 0o777 == 0o600


def killed_writer(path: Path) -> dict[str, int]:
    """What a process said it had stored before it was killed."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True)
    acknowledged: dict[str, int] = {}
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            name, n = line.split()
            acknowledged[name] = int(n)
            if len(acknowledged) == 3 and min(acknowledged.values()) >= 30:
                process.send_signal(signal.SIGKILL)
    process.wait()
    return acknowledged


async def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    acknowledged = killed_writer(path)
    assert acknowledged.keys() == set("abc")
    store = await SqliteDocuments.open(path)
    for name, n in acknowledged.items():
        document = await store.get("runs", name)
        assert document is not None
        assert document["n"] in (n, n + 1)
        assert document["large"] == str(document["n"] % 10) * 9000
    await store.close()


async def test_what_was_handed_in_is_stored_before_the_store_closes(path: Path) -> None:
    store = await SqliteDocuments.open(path)
    writes = [asyncio.ensure_future(store.write([Insert("runs", {"_id": str(n)})])) for n in range(50)]
    search = asyncio.ensure_future(store.count("runs", {}))
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*writes) == [[Outcome.STORED]] * 50
    assert 0 <= await search <= 50
    store = await SqliteDocuments.open(path)
    assert await store.count("runs", {}) == 50
    await store.close()


async def test_what_waits_for_a_lock_is_stored_before_the_store_closes(store: SqliteDocuments, path: Path) -> None:
    with locked(path) as other:
        writes = [asyncio.ensure_future(store.write([Insert("runs", {"_id": str(n)})])) for n in range(5)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
    assert await asyncio.gather(*writes) == [[Outcome.STORED]] * 5
    await closing


async def test_batches_that_wait_share_a_commit(store: SqliteDocuments) -> None:
    await store.write([Insert("runs", {"_id": "first"})])
    with traced(store._writer._connection) as statements:
        await asyncio.gather(*(store.write([Insert("runs", {"_id": str(n)})]) for n in range(100)))
    assert statements.count("COMMIT") == 2  # the first alone; the others came while it was stored


async def test_a_batch_that_changes_nothing_does_not_touch_the_disk(store: SqliteDocuments) -> None:
    await store.write([Insert("runs", {"_id": "a", "n": 1})])
    with traced(store._writer._connection) as statements:
        assert await store.write([CompareAndSet("runs", "a", {"n": 2}, {"n": 3})]) == [Outcome.MISSED]
    assert "COMMIT" not in statements


async def test_a_change_leaves_large_fields_alone_that_it_does_not_name(store: SqliteDocuments) -> None:
    await store.write([Insert("runs", {"_id": "a", "n": 1, "graph": {"nodes": ["x" * LARGE]}})])
    with traced(store._writer._connection) as statements:
        await store.write([CompareAndSet("runs", "a", {"n": 1}, {"n": 2})])
        assert not [sql for sql in statements if "runs:large" in sql]
        await store.write([CompareAndSet("runs", "a", {"graph.name": None}, {"graph.name": "x"})])
        assert len([sql for sql in statements if "runs:large" in sql]) == 2
        await store.write([CompareAndSet("runs", "a", {"graph.name": "x"}, {"n": 3})])
        assert len([sql for sql in statements if "runs:large" in sql]) == 3  # read, but not written again
    expected = {"_id": "a", "n": 3, "graph": {"nodes": ["x" * LARGE], "name": "x"}}
    assert await store.get("runs", "a") == expected
    with traced(store._at_once._connection) as statements:
        assert await store.find("runs", {"_id": "a"}, fields=("n",)) == [{"_id": "a", "n": 3}]
    assert not [sql for sql in statements if "runs:large" in sql]


async def test_nothing_is_left_of_large_fields_that_are_gone(store: SqliteDocuments) -> None:
    for name in ("set", "deleted"):
        await store.write([Insert("runs", {"_id": name, "text": "x" * 2 * LARGE, "other": "y" * 2 * LARGE})])
    sets = {"text": None, "other": "small"}
    await store.write([CompareAndSet("runs", "set", {"text": "x" * 2 * LARGE}, sets), Delete("runs", "deleted")])
    (left,) = store._writer._connection.execute('SELECT count(*) FROM "runs:large"').fetchone()
    assert left == 0
    assert await store.find("runs", {}) == [{"_id": "set", **sets}]


@pytest.mark.parametrize("size", [3000, 300_000], ids=["on the loop", "on the thread"])
async def test_a_full_disk_stores_nothing_by_halves_and_is_told(store: SqliteDocuments, path: Path, size: int) -> None:
    await fill(store, 100, size)
    connection = store._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    batch = [CompareAndSet("runs", "0", {}, {"n": 1}), Insert("new", {"_id": "a"})]
    batch += [Insert("runs", {"_id": f"new-{n}", "text": "x" * size}) for n in range(100)]
    with pytest.raises(StoreUnavailable, match=rf"'{path}'.*full: free some space"):
        await store.write(batch)
    assert await store.count("runs", {}) == 100
    assert await store.count("runs", {"n": 1}) == 0
    assert await store.count("new", {}) == 0
    connection.execute(f"PRAGMA max_page_count = {2**30}")
    assert await store.write(batch) == [Outcome.STORED] * 102
    assert await store.count("new", {}) == 1


async def test_writes_wait_for_a_lock_and_hold_up_nothing_else(store: SqliteDocuments, path: Path) -> None:
    await store.write([Insert("runs", {"_id": "a"})])
    with locked(path) as other:
        writes = [asyncio.ensure_future(store.write([Insert("runs", {"_id": name})])) for name in "bc"]
        assert await store.get("runs", "a") == {"_id": "a"}
        assert await store.count("runs", {}) == 1
        other.execute("ROLLBACK")
        assert await asyncio.gather(*writes) == [[Outcome.STORED]] * 2


async def test_a_lock_that_stays_is_told(store: SqliteDocuments, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAIT_FOR_LOCK", 0.05)
    with locked(path):
        with pytest.raises(StoreUnavailable, match=rf"'{path}'.*locked: close what has it open"):
            await store.write([Insert("runs", {"_id": "a"})])
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.ensure_indexes([Index("runs", ("n",))])
    assert await store.write([Insert("runs", {"_id": "a"})]) == [Outcome.STORED]


async def test_what_is_no_database_is_told(path: Path) -> None:
    path.write_bytes(b"something else altogether " * 100)
    with pytest.raises(StoreUnavailable, match=rf"'{path}'.*no database: move it away"):
        await SqliteDocuments.open(path)


async def test_a_damaged_database_is_told(path: Path) -> None:
    store = await SqliteDocuments.open(path)
    await fill(store, 300)
    await store.close()
    content = bytearray(path.read_bytes())
    content[8 * 4096 :] = os.urandom(len(content) - 8 * 4096)
    path.write_bytes(content)
    store = await SqliteDocuments.open(path)
    calls = [
        lambda: store.find("runs", {}),
        lambda: store.find("runs", {"_id": In(("150", "151"))}),
        lambda: store.get("runs", "150"),
        lambda: store.count("runs", {"text": "x"}),
        lambda: store.write([CompareAndSet("runs", "150", {}, {"n": 1})]),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailable, match=rf"'{path}'.*damaged: stop PLynx, and restore a backup"):
            await call()
    await store.close()


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE runs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="another program"):
        await SqliteDocuments.open(path)
    assert path.read_bytes() == before


async def test_the_file_of_a_newer_release_is_left_alone(path: Path) -> None:
    await (await SqliteDocuments.open(path)).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(Misconfigured, match="newer PLynx"):
        await SqliteDocuments.open(path)


async def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"no/such/x\.db.*directory exists"):
        await SqliteDocuments.open(tmp_path / "no" / "such" / "x.db")
    with pytest.raises(StoreUnavailable, match="directory"):
        await SqliteDocuments.open(tmp_path)


async def test_an_index_that_fails_leaves_nothing_behind(store: SqliteDocuments) -> None:
    await store.write([Insert("runs", {"_id": name, "n": 1}) for name in "ab"])
    with pytest.raises(Conflict):
        await store.ensure_indexes([Index("other", ("x",)), Index("runs", ("n",), unique=True)])
    assert await store.write([Insert("other", {"_id": "a"}), Insert("runs", {"_id": "c", "n": 1})]) == [
        Outcome.STORED,
        Outcome.STORED,
    ]


class FailingCommit:
    """A connection whose disk fails while it is told to keep a commit."""

    def __init__(self, connection: sqlite3.Connection, code: int) -> None:
        self._connection = connection
        self._code = code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str) -> Any:
        if sql != "COMMIT":
            return self._connection.execute(sql)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = self._code
        raise error


async def test_a_commit_of_which_nobody_knows_is_unknown(store: SqliteDocuments) -> None:
    connection = store._writer._connection
    store._writer._connection = cast("sqlite3.Connection", FailingCommit(connection, sqlite3.SQLITE_IOERR_FSYNC))
    batch = [Insert("runs", {"_id": "a"}), Delete("runs", "b"), Insert("runs", {"_id": "c", "large": "x" * 9000})]
    assert await store.write(batch[:2]) == [Outcome.UNKNOWN] * 2
    assert await store.write(batch) == [Outcome.UNKNOWN] * 3
    store._writer._connection = cast("sqlite3.Connection", FailingCommit(connection, sqlite3.SQLITE_FULL))
    with pytest.raises(StoreUnavailable):
        await store.write(batch)
    store._writer._connection = connection
    assert await store.count("runs", {}) == 0
    assert await store.write(batch) == [Outcome.STORED, Outcome.MISSED, Outcome.STORED]


OPEN_STATES = In(("pending", "running", "cancelling"))


@pytest.mark.parametrize(
    ("collection", "where", "arguments", "index"),
    [
        ("runs", {"partition": In((0, 1)), "unannounced": True}, {"limit": 100}, "runs by partition, unannounced"),
        ("runs", {"partition": 0, "state": OPEN_STATES}, {}, "runs by partition, state"),
        ("runs", {"partition": In((0, 1)), "state": OPEN_STATES}, {"limit": 500}, "runs by partition, state"),
        ("runs", {"partition": In((0, 1)), "state": "pending"}, {"limit": 100}, "runs by partition, state"),
        ("runs", {"team": "t"}, {"sort": Sort("created_at", descending=True)}, "runs by team, created_at"),
        (
            "runs",
            {"team": "t"},
            {"sort": Sort("created_at", descending=True), "after": ("2026", "x"), "limit": 50},
            "runs by team, created_at",
        ),
        (
            "operations",
            {"team": "t"},
            {"sort": Sort("updated_at"), "after": ("2026", "x")},
            "operations by team, updated_at",
        ),
        (
            "operations",
            {"team": "t", "name": "x"},
            {"sort": Sort("version", descending=True)},
            "operations by team, name, version unique",
        ),
        ("node_runs", {"_id": Prefix("run/")}, {"after": ("run/a", "run/a"), "limit": 500}, "sqlite_autoindex"),
        ("node_runs", {"_id": In(tuple("abc" * 20))}, {}, "sqlite_autoindex"),
    ],
    ids=range(10),
)
async def test_the_queries_that_matter_are_served_by_an_index(
    store: SqliteDocuments, collection: str, where: dict[str, Any], arguments: dict[str, Any], index: str
) -> None:
    await store.ensure_indexes(INDEXES)
    await store.write([Insert(collection, {"_id": "a"})])
    connections = [reader._connection for reader in store._readers]
    found: list[str] = []
    for connection in connections:
        connection.set_trace_callback(found.append)
    await store.find(collection, where, **arguments)
    for connection in connections:
        connection.set_trace_callback(None)
    first = next(sql for sql in found if sql.startswith("SELECT group_concat"))
    plan = [row[3].decode() for row in connections[0].execute(f"EXPLAIN QUERY PLAN {first}")]
    assert any(f"SEARCH {collection} USING INDEX {index}" in step for step in plan), plan
    if not any(isinstance(wanted, In) for wanted in where.values()):
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan


async def test_a_long_search_holds_up_neither_reads_nor_writes(store: SqliteDocuments) -> None:
    await fill(store, 100)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    connection = store._readers[0]._connection
    search = asyncio.ensure_future(store._read(lambda reader: reader._connection.execute(endless).fetchone()))
    await eventually(lambda: store._idle.qsize() == 2, story="the search has begun")
    assert await store.count("runs", {}) == 100
    assert await store.write([Insert("runs", {"_id": "new"})]) == [Outcome.STORED]
    assert await store.count("runs", {}) == 101
    connection.interrupt()
    with pytest.raises(StoreUnavailable, match="interrupted"):
        await search
