"""Who asks the store the same at the same time shares a read, and never one that began before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from plynx_api.live.shared_reads import SharedReads
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.documents import Insert
from plynx_common.repositories.logs import LOG_CHUNKS, LogReader, LogSlice, chunk_id
from plynx_common.runtime.counting import CountedDocuments
from plynx_common.runtime.telemetry import Metrics
from plynx_common.testing.fake_clock import run_until_idle

ATTEMPT = "r1/a/1"


class Store:
    def __init__(self) -> None:
        self.documents = MemoryDocuments()
        self.metrics = Metrics()
        counted = CountedDocuments(self.documents, self.metrics)
        self.reads = SharedReads(LogReader(counted, MemoryObjects("http://127.0.0.1", b"a secret of the tests")))

    async def archive(self, *pieces: bytes) -> None:
        offset = 0
        for piece in pieces:
            chunk = {"_id": chunk_id(ATTEMPT, "stdout", offset), "offset": offset, "end": offset + len(piece)}
            await self.documents.write([Insert(LOG_CHUNKS, {**chunk, "data": piece.decode("latin-1")})])
            offset += len(piece)

    def read(self, start: int = 0) -> asyncio.Task[LogSlice]:
        return asyncio.create_task(self.reads.read(ATTEMPT, "stdout", start))

    @property
    def calls(self) -> float:
        text = self.metrics.exposition().decode()
        lines = [line for line in text.splitlines() if line.startswith("plynx_documents_calls_total")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


async def data_of(tasks: Sequence[asyncio.Task[LogSlice]]) -> set[bytes]:
    return {piece.data for piece in await asyncio.gather(*tasks)}


async def test_a_hundred_who_ask_together_cost_one_read() -> None:
    store = Store()
    await store.archive(b"some", b"thing")
    await store.read()
    alone = store.calls
    assert await data_of([store.read() for _ in range(100)]) == {b"something"}
    assert store.calls == 2 * alone
    assert await data_of([store.read(4), store.read(4)]) == {b"thing"}
    assert store.calls == 3 * alone


async def test_many_small_chunks_take_few_reads() -> None:
    store = Store()
    content = [b"%03d" % number for number in range(600)]
    await store.archive(*content)
    assert await data_of([store.read()]) == {b"".join(content)}
    assert store.calls <= 4


async def test_one_who_goes_away_does_not_take_it_from_the_others() -> None:
    store = Store()
    await store.archive(b"something")
    first, second = store.read(), store.read()
    await asyncio.sleep(0)
    first.cancel()
    assert await data_of([second]) == {b"something"}


async def test_an_error_is_for_all_who_asked_and_the_next_read_begins_anew() -> None:
    store = Store()
    await store.documents.close()
    first, second = store.read(), store.read()
    for task in (first, second):
        with pytest.raises(StoreUnavailable):
            await task
    with pytest.raises(StoreUnavailable):
        await store.read()
    third = store.read()
    third.cancel()
    await run_until_idle()
