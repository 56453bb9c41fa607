"""The document store in MongoDB keeps what every document store promises, on both drivers; its own promises."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from plynx_common.adapters.mongo_documents import MongoDocuments
from plynx_common.adapters.mongo_documents.connecting import Driver, place_of, refuse_unfit
from plynx_common.adapters.mongo_documents.filters import all_of, beyond, conditions, order
from plynx_common.domain.errors import InvalidInput, Misconfigured, StoreUnavailable
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    DocumentStore,
    Gte,
    In,
    Index,
    Insert,
    Lt,
    Outcome,
    Prefix,
    Sort,
    Where,
    Write,
)
from plynx_common.testing.contract.documents import DocumentStoreContract
from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.daemon import Daemon
from plynx_common.testing.servers.fixtures import StartServer
from plynx_common.testing.servers.mongodb import WHEEL, Member, MongoDB
from plynx_common.testing.servers.sandbox import Sandbox, accepts, free_port

MEBIBYTE = 2**20
SHORT = "timeoutMS=1500"
"""A time limit for tests in which nobody answers."""
WRITERS = 8
STORED, MISSED, UNKNOWN = Outcome.STORED, Outcome.MISSED, Outcome.UNKNOWN


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> Driver:
    return request.param


Open = Callable[[str], Awaitable[DocumentStore]]


@pytest.fixture
async def open_store(driver: Driver) -> AsyncGenerator[Open]:
    async with AsyncExitStack() as stack:

        async def open_store(url: str) -> DocumentStore:
            store = await MongoDocuments.open(url, driver=driver)
            stack.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture
async def store(open_store: Open, mongodb_url: str) -> DocumentStore:
    return await open_store(mongodb_url)


class TestMongoDocuments(DocumentStoreContract):
    pass


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth > 1 else []


class TestWhatMongoHasNoRoomFor:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("x" * 16 * MEBIBYTE, "16 MiB"),
            (2**63, "'field'"),
            ({"a\0b": 1}, "'field'"),
            (nested(120), "deeper than 100"),
        ],
        ids=["large", "integer", "name", "deep"],
    )
    async def test_is_refused_before_anything_is_stored(self, store: DocumentStore, value: Any, words: str) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        refused: list[Write] = [
            Insert("things", {"_id": "b", "field": value}),
            CompareAndSet("things", "a", {}, {"field": value}),
            CompareAndSet("things", "a", {}, {"in.n": 1}, {"field": value}),
        ]
        for write in refused:
            with pytest.raises(InvalidInput, match=words):
                await store.write([Insert("others", {"_id": "before"}), write])
        assert await store.find("others", {}) == []
        assert await store.find("things", {}) == [{"_id": "a"}]

    async def test_is_never_stored_by_a_change_that_makes_a_document_too_large(self, store: DocumentStore) -> None:
        await store.write([Insert("things", {"_id": "a", "text": "x" * 9 * MEBIBYTE})])
        too_much = CompareAndSet("things", "a", {}, {"more": "x" * 9 * MEBIBYTE})
        assert await store.write([too_much, Insert("things", {"_id": "b"})]) == [MISSED, STORED]
        with pytest.raises(InvalidInput, match=r"'a' in 'things' .* 16 MiB"):
            await store.write([too_much])
        assert await store.find("things", {}, fields=("more",)) == [{"_id": "a"}, {"_id": "b"}]

    async def test_may_be_asked_for_and_is_not_there(self, store: DocumentStore) -> None:
        large = float(2**70)
        numbers: list[float] = [large, 2**63 - 1, -(2**63), 0.5]
        await store.write([Insert("things", {"_id": str(place), "n": n}) for place, n in enumerate(numbers)])
        wheres: list[tuple[Any, int]] = [
            (2**70, 1),
            (2**70 + 1, 0),
            (In((2**70, 2**70 + 1, 10**400)), 1),
            (Lt(2**70 + 1), 4),
            (Lt(2**70), 3),
            (Gte(2**70), 1),
            (Gte(2**70 + 1), 0),
            (Lt(10**400), 4),
            (Gte(10**400), 0),
            (Gte(-(10**400)), 4),
            (Lt(float("nan")), 0),
        ]
        for wanted, count in wheres:
            assert await store.count("things", {"n": wanted}) == count, wanted


class TestDeletionsOfSeveral:
    async def test_each_has_its_own_outcome(self, store: DocumentStore) -> None:
        await store.write([Insert("things", {"_id": str(n), "n": n, "list": [n]}) for n in range(10)])
        deletions = [Delete("things", str(n), {"n": n if n % 2 else 0, "list": [None, 1][n % 2]}) for n in range(12)]
        assert await store.write(deletions) == [MISSED] * 12
        outcomes = await store.write([Delete("things", str(n), {"n": n - n % 2}) for n in range(12)])
        assert outcomes == [STORED, MISSED] * 5 + [MISSED] * 2
        assert await store.write([Delete("things", str(n), {"n": 100}) for n in range(12)]) == [MISSED] * 12
        assert await store.count("things", {}) == 5


def stages(plan: Document) -> set[str]:
    inner = [plan.get("inputStage"), *plan.get("inputStages", ())]
    return {plan["stage"]}.union(*(stages(stage) for stage in inner if stage))


class TestIndexes:
    @pytest.mark.parametrize(
        ("where", "sort", "after"),
        [
            ({"_id": Prefix("run/")}, Sort(), None),
            ({"_id": Prefix("run/")}, Sort(), ("run/5", "run/5")),
            ({"_id": In(("a", "b", "c"))}, Sort(), None),
            ({"team": "t"}, Sort("created_at"), None),
            ({"team": "t"}, Sort("created_at", descending=True), None),
            ({"team": "t"}, Sort("created_at"), ("2026", "a")),
            ({"team": "t"}, Sort("created_at", descending=True), ("2026", "a")),
            ({"team": "t", "created_at": Prefix("2026-")}, Sort("created_at", descending=True), ("2026-11", "a")),
            ({"team": "t", "name": "x"}, Sort("version", descending=True), None),
            ({"team": In(("t", "u")), "name": "x", "version": 1}, Sort(), None),
        ],
        ids=range(10),
    )
    async def test_serve_what_they_were_made_for(
        self, store: DocumentStore, mongodb_url: str, where: Where, sort: Sort, after: tuple[Any, str] | None
    ) -> None:
        fields = [("team", "created_at"), ("team", "name", "version")]
        await store.ensure_indexes([Index("things", names, unique="name" in names) for names in fields])
        wanted = conditions(where) + ([beyond(sort, after)] if after else [])
        with pymongo.MongoClient[Document](mongodb_url) as client:
            cursor = client.get_default_database()["things"].find(all_of(wanted), sort=order(sort), limit=10)
            used = stages(cursor.explain()["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in used
        assert "IXSCAN" in used
        if sort.field != "_id" or "_id" in where:
            assert "SORT" not in used


class TestServersThatFail:
    @pytest.mark.parametrize("ending", ["kill", "suspend"])
    async def test_who_does_not_answer_is_unavailable_in_time_and_comes_back_by_itself(
        self, start_server: StartServer, open_store: Open, ending: str
    ) -> None:
        server = start_server(MongoDB())
        store = await open_store(f"{server.url}&{SHORT}")
        await store.write([Insert("things", {"_id": "a", "n": 0})])
        await asyncio.to_thread(getattr(server, ending))
        await eventually(partial(is_silent, store), within=10)
        async with asyncio.timeout(15):  # each of them 1.5 s at most
            with pytest.raises(StoreUnavailable, match="PLYNX_DOCUMENTS_URL"):
                await store.get("things", "a")
            for read in (store.find("things", {}), store.count("things", {})):
                with pytest.raises(StoreUnavailable, match="does not work"):
                    await read
            outcome = await written(store, [Insert("things", {"_id": "b"})])
            assert outcome in (None, [UNKNOWN])
        await asyncio.to_thread(server.resume if ending == "suspend" else server.start)
        await eventually(partial(answers, store), within=30)
        assert await store.write([CompareAndSet("things", "a", {"n": 0}, {"n": 1})]) == [STORED]

    async def test_whoever_is_killed_while_it_stores_leaves_no_lie_behind(
        self, start_server: StartServer, open_store: Open
    ) -> None:
        """Each writer raises a counter, and inserts what the counter was before into another collection."""
        server = start_server(MongoDB())
        store = await open_store(f"{server.url}&{SHORT}")
        await store.write([Insert("counters", {"_id": str(writer), "n": 0}) for writer in range(WRITERS)])
        told: list[list[Outcome] | None] = []
        stored: set[str] = set()

        async def count_until_killed(writer: int) -> int:
            n = 0
            while True:
                id = f"{writer}/{n}"
                change = CompareAndSet("counters", str(writer), {"n": n}, {"n": n + 1})
                outcomes = await written(store, [change, Insert("counts", {"_id": id}), Delete("counts", "none")])
                told.append(outcomes)
                if outcomes != [STORED, STORED, MISSED]:
                    return n
                stored.add(id)
                n += 1

        writers = [asyncio.ensure_future(count_until_killed(writer)) for writer in range(WRITERS)]
        await eventually(lambda: len(stored) > 10 * WRITERS, within=60)
        await asyncio.to_thread(server.kill)
        counted = await asyncio.gather(*writers)
        await asyncio.to_thread(server.start)
        await eventually(partial(answers, store), within=30)
        assert [outcomes for outcomes in told if outcomes not in ([STORED, STORED, MISSED], [UNKNOWN] * 3, None)] == []
        there = {document["_id"] for document in await store.find("counts", {})}
        assert stored <= there
        for writer, n in enumerate(counted):
            document = await store.get("counters", str(writer))
            assert document is not None
            assert document["n"] in (n, n + 1)

    async def test_what_no_majority_has_is_unknown(self, start_server: StartServer, open_store: Open) -> None:
        servers = start_server(MongoDB(members=3))
        store = await open_store(f"{servers.url}&{SHORT}")
        assert await store.write([Insert("things", {"_id": "a"})]) == [STORED]
        primary = servers.primary()
        others = [member for member in servers.members if member is not primary]
        for member in others:
            member.suspend()
        assert await store.write([Insert("things", {"_id": "a"}), Insert("others", {"_id": "a"})]) == [UNKNOWN] * 2
        for member in others:
            member.resume()
        await eventually(partial(answers, store), within=30)

    async def test_a_new_primary_is_found_and_has_all_that_was_confirmed(
        self, start_server: StartServer, open_store: Open
    ) -> None:
        servers = start_server(MongoDB(members=3))
        store = await open_store(servers.url)
        told: set[str] = set()
        is_over = asyncio.Event()
        stored: list[str] = []

        async def insert(writer: int) -> None:
            n = 0
            while not is_over.is_set():
                batch = [Insert(name, {"_id": f"{writer}/{n}"}) for name in ("ones", "others")]
                outcomes = await written(store, batch) or []
                told.update(outcome.value for outcome in outcomes)
                stored.extend(f"{writer}/{n}" for outcome in outcomes[:1] if outcome is STORED)
                n += 1

        writers = [asyncio.ensure_future(insert(writer)) for writer in range(WRITERS)]
        await eventually(lambda: len(stored) > 5 * WRITERS, within=60)
        killed: Member = await asyncio.to_thread(servers.primary)
        await asyncio.to_thread(killed.kill)
        before = len(stored)
        await eventually(lambda: len(stored) > before + 5 * WRITERS, within=60)
        is_over.set()
        await asyncio.gather(*writers)
        assert told <= {"stored", "unknown"}
        for name in ("ones", "others"):
            assert set(stored) <= {document["_id"] for document in await store.find(name, {})}


async def written(store: DocumentStore, batch: Sequence[Write]) -> list[Outcome] | None:
    """None where nothing was."""
    try:
        return await store.write(batch)
    except StoreUnavailable:
        return None


async def answers(store: DocumentStore) -> bool:
    try:
        await store.get("things", "a")
    except StoreUnavailable:
        return False
    return True


async def is_silent(store: DocumentStore) -> bool:
    return not await answers(store)


class TestWhatCannotWork:
    @pytest.mark.parametrize(
        "url", ["mongodb://", "mongodb://a:b:c@host/x", "mongodb://host:port/x", "mongodb://host/x?timeoutMS=x&speed=9"]
    )
    async def test_an_address_that_makes_no_sense(self, url: str, driver: Driver) -> None:
        with pytest.raises(Misconfigured, match="PLYNX_DOCUMENTS_URL"):
            await MongoDocuments.open(url, driver=driver)

    @pytest.mark.filterwarnings("ignore:.*socket.socket:pytest.PytestUnraisableExceptionWarning")
    async def test_nobody_there(self, driver: Driver) -> None:
        with pytest.raises(StoreUnavailable, match=r"127.0.0.1:9 \(PLYNX_DOCUMENTS_URL\)") as raised:
            await MongoDocuments.open(f"mongodb://ann:secret@127.0.0.1:9/x?{SHORT}", driver=driver)
        assert "secret" not in str(raised.value)
        del raised
        gc.collect()  # PyMongo forgets to close the socket with which it was about to knock again

    async def test_a_user_that_the_server_does_not_know(self, mongodb_url: str, driver: Driver) -> None:
        at = urlsplit(mongodb_url)
        url = at._replace(netloc=f"ann:secret@{at.netloc.rpartition('@')[2]}").geturl()
        with pytest.raises(Misconfigured, match=r"'ann': check name, password and authSource") as raised:
            await MongoDocuments.open(url, driver=driver)
        assert "secret" not in str(raised.value)

    async def test_a_server_that_is_no_replica_set(self, driver: Driver) -> None:
        sandbox, port = Sandbox("mongodb-alone"), free_port()
        command = [WHEEL if WHEEL.exists() else "mongod", "--port", str(port), "--nounixsocket", "--dbpath", "."]
        server = Daemon("mongod", command, sandbox, partial(accepts, port))
        try:
            await asyncio.to_thread(server.start)
            with pytest.raises(Misconfigured, match="make it a replica set"):
                await MongoDocuments.open(f"mongodb://127.0.0.1:{port}/x", driver=driver)
        finally:
            server.kill()
            sandbox.close()

    @pytest.mark.parametrize(
        ("hello", "version", "words"),
        [
            ({"setName": "rs0"}, [5, 0, 14, 0], "MongoDB 5.0.14.0: PLynx needs 6.0"),
            ({"msg": "isdbgrid"}, [6, 0, 5, 0], "router of a sharded cluster"),
        ],
        ids=["old", "router"],
    )
    def test_a_server_of_another_kind(self, hello: Document, version: list[int], words: str) -> None:
        build = {"version": ".".join(map(str, version)), "versionArray": version}
        with pytest.raises(Misconfigured, match=words):
            refuse_unfit(hello, build, place_of("mongodb://ann:secret@host:1/x"))
