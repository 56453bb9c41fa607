"""The log archive keeps each byte once, fetches what it misses, and gives every log an end."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from plynx_common.domain.tokens import claim_id_hash
from plynx_common.domain.values import to_text
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.interfaces.documents import CompareAndSet, Delete, Insert
from plynx_common.messages import routes
from plynx_common.messages.logs import LogChunk, LogFetch
from plynx_common.messages.nodes import StreamLog
from plynx_common.repositories.logs import ATTEMPT_LOGS, LARGEST_CHUNK, LOG_CHUNKS, LogReader, attempt_log
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.points import arm, raising
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import FakeClock, run_until_idle
from plynx_storage.log_sealing import END_MARKER, INLINE
from plynx_storage.logs import LOGS_QUEUE
from plynx_storage.service import storage
from tests.unit.storage_parts import CLAIM, NODE, RUN, TEAM, backends_in, claimed, closed, settings_in

ATTEMPT = f"{RUN}/{NODE}/1"
WORKER_QUEUE = "worker-1"


@dataclass
class Worker:
    """Publishes chunks as a worker does, and answers fetches from its spool."""

    backends: Backends
    spool: bytes = b""
    asked: list[LogFetch] = field(default_factory=list[LogFetch])
    reply_to: str | None = None

    async def start(self) -> None:
        await self.backends.bus.declare(Queue(WORKER_QUEUE, exclusive=True))
        await self.backends.bus.consume(WORKER_QUEUE, self.fetched, prefetch=0)

    def chunk(self, offset: int, data: bytes, *, stream: str = "stdout", claim: str = CLAIM) -> LogChunk:
        return LogChunk(
            team=TEAM,
            run=RUN,
            node=NODE,
            attempt=1,
            claim_id_hash=claim,
            stream=stream,
            seq=offset,
            offset=offset,
            data=to_text(data),
            at="2026-11-25T12:00:00.000000Z",
            queue=WORKER_QUEUE,
        )

    async def publish(self, *chunks: LogChunk) -> None:
        await self.backends.bus.publish([Outgoing(chunk, routes.LOGS, key_of(chunk)) for chunk in chunks])

    async def write(self, offset: int, data: bytes, *, stream: str = "stdout") -> None:
        await self.publish(self.chunk(offset, data, stream=stream))

    def fetched(self, delivery: Delivery) -> None:
        assert isinstance(delivery.message, LogFetch)
        self.asked.append(delivery.message)
        self.reply_to = delivery.reply_to

    async def answer(self) -> None:
        """To the newest question, in two pieces."""
        fetch = self.asked[-1]
        assert fetch.end is not None
        middle = (fetch.start + fetch.end) // 2
        for start, end in ((fetch.start, middle), (middle, fetch.end)):
            chunk = self.chunk(start, self.spool[start:end], stream=fetch.stream)
            await self.backends.bus.publish([Outgoing(chunk, routes.DIRECT_TO_QUEUE, self.reply_to or "")])


def key_of(chunk: LogChunk) -> str:
    return routes.log_key(chunk.team, chunk.run, chunk.node, chunk.attempt, chunk.stream)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def backends(tmp_path: Path, clock: FakeClock) -> AsyncGenerator[Backends]:
    """Of a running storage service that knows one running attempt."""
    backends = backends_in(tmp_path / "objects", clock)
    await claimed(backends.documents)
    async with storage(settings_in(tmp_path), backends):
        yield backends


@pytest.fixture
async def worker(backends: Backends) -> Worker:
    worker = Worker(backends)
    await worker.start()
    return worker


@pytest.fixture
def reader(backends: Backends) -> LogReader:
    return LogReader(backends.documents, backends.objects)


async def stored(backends: Backends) -> int:
    return await backends.documents.count(LOG_CHUNKS, {})


async def test_chunks_are_stored_and_read_back_from_any_offset(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    await worker.write(0, b"hello ")
    await worker.write(6, b"w\xff\x00rld\n")
    await worker.write(0, b"oops\n", stream="stderr")
    await clock.advance(0.1)
    piece = await reader.read(ATTEMPT, "stdout")
    assert (piece.offset, piece.data, piece.total, piece.sealed) == (0, b"hello w\xff\x00rld\n", None, False)
    assert (await reader.read(ATTEMPT, "stdout", start=4, limit=4)).data == b"o w\xff"
    assert (await reader.read(ATTEMPT, "stdout", start=13)).data == b""
    assert (await reader.read(ATTEMPT, "stderr")).data == b"oops\n"
    assert (await reader.read(ATTEMPT, "worker")).data == b""


async def test_a_chunk_delivered_again_whole_or_in_part_stores_no_byte_twice(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    for offset, data in ((0, b"abcdef"), (0, b"abcdef"), (3, b"defghi"), (0, b"abcdefghijkl"), (2, b"cd")):
        await worker.write(offset, data)
        await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"abcdefghijkl"
    assert await stored(worker.backends) == 3


async def test_a_large_chunk_is_cut_so_that_readers_find_every_offset(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    content = bytes(number % 251 for number in range(LARGEST_CHUNK * 3 + 17))
    await worker.write(0, content)
    await clock.advance(0.1)
    assert await stored(worker.backends) == 4
    for start in (0, 1, LARGEST_CHUNK - 1, LARGEST_CHUNK, 2 * LARGEST_CHUNK + 5, len(content) - 1):
        assert (await reader.read(ATTEMPT, "stdout", start=start, limit=10_000)).data == content[start : start + 10_000]
    assert (await reader.read(ATTEMPT, "stdout", limit=10**9)).data == content


async def test_many_small_chunks_are_read_over_many_pages(worker: Worker, reader: LogReader, clock: FakeClock) -> None:
    await worker.publish(*(worker.chunk(offset, b"%03d\n" % (offset // 4)) for offset in range(0, 800, 4)))
    await clock.advance(1)
    whole = b"".join(b"%03d\n" % number for number in range(200))
    assert (await reader.read(ATTEMPT, "stdout")).data == whole
    assert (await reader.read(ATTEMPT, "stdout", start=401)).data == whole[401:]


async def test_a_full_batch_is_stored_without_waiting(worker: Worker) -> None:
    await worker.publish(*(worker.chunk(offset, b"x") for offset in range(64)))
    await run_until_idle()
    await worker.write(64, b"x")
    await run_until_idle()
    assert await stored(worker.backends) >= 1


@pytest.mark.parametrize("claim", [claim_id_hash("other"), ""])
async def test_a_chunk_of_another_claim_is_not_stored(worker: Worker, clock: FakeClock, claim: str) -> None:
    await worker.publish(worker.chunk(0, b"forged", claim=claim))
    await clock.advance(0.1)
    assert await stored(worker.backends) == 0
    assert await worker.backends.bus.depth(LOGS_QUEUE) == 0


async def test_chunks_of_unknown_runs_foreign_teams_and_attempts_never_granted_are_not_stored(
    worker: Worker, clock: FakeClock
) -> None:
    chunk = worker.chunk(0, b"forged")
    changes = [{"run": "run_9"}, {"team": "other"}, {"attempt": 2}, {"attempt": 0}, {"node": "x"}]
    await worker.publish(*(chunk.model_copy(update=change) for change in changes))
    await clock.advance(0.1)
    assert await stored(worker.backends) == 0


@pytest.mark.parametrize("change", [{"stream": "secret"}, {"data": "no byte: €"}])
async def test_what_is_no_log_is_rejected_and_stops_nothing(
    worker: Worker, reader: LogReader, clock: FakeClock, change: dict[str, str]
) -> None:
    await worker.publish(worker.chunk(0, b"x").model_copy(update=change), worker.chunk(0, b"good"))
    await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"good"


async def test_a_hole_is_fetched_from_the_worker_and_readers_stop_before_it_until_then(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    worker.spool = b"0123456789abcdef"
    await worker.write(0, b"0123")
    await worker.write(12, b"cdef")
    await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"0123"
    assert (await reader.read(ATTEMPT, "stdout", start=4)).data == b""
    await clock.advance(4)
    assert [(fetch.start, fetch.end, fetch.stream) for fetch in worker.asked] == [(4, 12, "stdout")]
    await worker.answer()
    await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == worker.spool
    await clock.advance(20)
    assert len(worker.asked) == 1


async def test_a_hole_at_the_very_start_is_a_hole_too(worker: Worker, reader: LogReader, clock: FakeClock) -> None:
    worker.spool = b"first second"
    await worker.write(6, b"second")
    await clock.advance(4)
    await worker.answer()
    await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"first second"


async def test_an_unanswered_fetch_is_asked_again(worker: Worker, clock: FakeClock) -> None:
    await worker.write(4, b"late")
    await clock.advance(30)
    assert len(worker.asked) >= 4


async def test_a_fetch_after_the_connection_broke_names_a_new_queue(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    worker.spool = b"abcdefgh"
    await worker.write(4, b"efgh")
    await clock.advance(4)
    first = worker.reply_to
    worker.backends.bus.interrupt()  # type: ignore[attr-defined]
    await worker.start()
    await clock.advance(10)
    assert worker.reply_to != first
    await worker.answer()
    await clock.advance(0.1)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"abcdefgh"


async def test_chunks_in_any_order_end_up_as_the_same_bytes_without_a_fetch(
    worker: Worker, reader: LogReader, clock: FakeClock
) -> None:
    for offset in (8, 0, 4):
        await worker.write(offset, b"%04d" % offset)
    await clock.advance(10)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"000000040008"
    assert worker.asked == []


def final(content: bytes) -> dict[str, StreamLog]:
    digest = hashlib.sha256(content).hexdigest()
    return {"stdout": StreamLog(bytes=len(content), sha256=digest, inline=to_text(content))}


async def test_the_final_log_takes_over_and_the_chunks_go_after_a_while(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    await worker.write(0, b"hello ")
    await clock.advance(0.1)
    await backends.documents.write([attempt_log(TEAM, RUN, NODE, 1, final(b"hello world"))])
    piece = await reader.read(ATTEMPT, "stdout", start=3)
    assert (piece.data, piece.total, piece.sealed, piece.truncated) == (b"lo world", 11, True, False)
    missing = await reader.read(ATTEMPT, "stderr")
    assert (missing.data, missing.total, missing.sealed) == (b"", 0, True)
    await clock.advance(10)
    assert await stored(backends) == 1
    await clock.advance(6 * 60)
    assert await stored(backends) == 0
    await worker.write(6, b"late")
    await clock.advance(0.1)
    assert await stored(backends) == 0


async def test_an_attempt_that_ended_without_a_final_log_is_sealed_as_truncated(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    await worker.write(0, b"so far")
    await clock.advance(0.1)
    await closed(backends.documents)
    await clock.advance(28)
    assert not (await reader.read(ATTEMPT, "stdout")).sealed
    await clock.advance(6)
    piece = await reader.read(ATTEMPT, "stdout")
    assert piece.data.startswith(b"so far\n[log truncated")
    assert (piece.sealed, piece.truncated, piece.total) == (True, True, len(piece.data))


async def test_an_attempt_that_is_lost_but_may_return_is_not_sealed(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    await worker.write(0, b"so far")
    await backends.documents.write([CompareAndSet("node_runs", f"{RUN}/{NODE}", {}, {"state": "ready"})])
    await clock.advance(120)
    assert not (await reader.read(ATTEMPT, "stdout")).sealed


async def test_an_overtaken_attempt_is_sealed_with_its_holes_marked_and_its_offsets_kept(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    await worker.write(0, b"start")
    await worker.write(105, b"end")
    await worker.write(7, b"!", stream="stderr")
    await clock.advance(0.1)
    await backends.documents.write([CompareAndSet("node_runs", f"{RUN}/{NODE}", {}, {"attempt": 2})])
    await clock.advance(40)
    piece = await reader.read(ATTEMPT, "stdout")
    assert piece.sealed
    assert piece.data[:5] == b"start"
    assert b"[log incomplete: 100 bytes were lost]" in piece.data[5:105]
    assert piece.data[105:108] == b"end"
    assert (await reader.read(ATTEMPT, "stderr")).data[:8] == b"???????!"


async def test_a_long_log_is_sealed_into_an_artifact_of_the_team(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    content = b"x" * INLINE
    await worker.write(0, content)
    await clock.advance(0.1)
    await closed(backends.documents)
    await clock.advance(32)

    async def is_sealed() -> bool:
        return (await reader.read(ATTEMPT, "stdout")).sealed

    await eventually(is_sealed)  # its bytes go to the disk in a thread
    piece = await reader.read(ATTEMPT, "stdout", start=INLINE - 2, limit=10)
    assert piece.data.startswith(b"xx\n[log")
    document = await backends.documents.get(ATTEMPT_LOGS, ATTEMPT)
    assert document is not None
    log = document["streams"]["stdout"]
    assert log["inline"] is None
    entry = await backends.documents.get("artifacts", f"{TEAM}/{log['digest']}")
    assert entry is not None
    assert entry["size"] == log["bytes"]


@pytest.mark.parametrize(("outcome", "truncated"), [("succeeded", False), ("cancelled", False), ("lost", True)])
async def test_an_attempt_that_ended_and_never_logged_reads_as_sealed(
    reader: LogReader, backends: Backends, outcome: str, *, truncated: bool
) -> None:
    assert not (await reader.read(ATTEMPT, "stdout")).sealed
    ended = {"history": [{"attempt": 1, "outcome": outcome}]}
    await backends.documents.write([CompareAndSet("node_runs", f"{RUN}/{NODE}", {}, ended)])
    await closed(backends.documents)
    piece = await reader.read(ATTEMPT, "stdout")
    assert (piece.data, piece.sealed, piece.total, piece.truncated) == (b"", True, 0, truncated)


async def test_a_service_started_later_seals_what_an_earlier_one_left(tmp_path: Path, clock: FakeClock) -> None:
    backends = backends_in(tmp_path / "objects", clock)
    await claimed(backends.documents)
    worker, reader = Worker(backends), LogReader(backends.documents, backends.objects)
    async with storage(settings_in(tmp_path), backends):
        await worker.write(0, b"so far")
        await clock.advance(0.1)
    await closed(backends.documents)
    assert await stored(backends) == 1
    async with storage(settings_in(tmp_path), backends):
        await clock.advance(40)
        assert (await reader.read(ATTEMPT, "stdout")).sealed


async def test_what_has_arrived_is_stored_before_the_service_leaves(tmp_path: Path, clock: FakeClock) -> None:
    backends = backends_in(tmp_path / "objects", clock)
    await claimed(backends.documents)
    async with storage(settings_in(tmp_path), backends):
        await Worker(backends).write(0, b"last words")
        await run_until_idle()
    assert await stored(backends) == 1


async def test_two_services_side_by_side_keep_each_byte_once(tmp_path: Path, clock: FakeClock) -> None:
    backends = backends_in(tmp_path / "objects", clock)
    await claimed(backends.documents)
    worker, reader = Worker(backends), LogReader(backends.documents, backends.objects)
    await worker.start()
    content = b"".join(b"line %04d\n" % number for number in range(300))
    async with storage(settings_in(tmp_path), backends), storage(settings_in(tmp_path), backends):
        await worker.publish(*(worker.chunk(offset, content[offset : offset + 10]) for offset in range(0, 3000, 10)))
        await clock.advance(10)
        assert (await reader.read(ATTEMPT, "stdout")).data == content
        assert worker.asked == []


@pytest.mark.parametrize("place", ["storage.before_log_write", "storage.after_log_write"])
async def test_while_the_store_fails_nothing_is_acknowledged_and_later_each_byte_is_there_once(
    worker: Worker, reader: LogReader, clock: FakeClock, place: str
) -> None:
    with arm(place, raising(), hit=0):
        await worker.write(0, b"0123")
        await worker.write(4, b"4567")
        await clock.advance(10)
        await worker.write(8, b"89")
        await clock.advance(1)
    await clock.advance(5)
    assert (await reader.read(ATTEMPT, "stdout")).data == b"0123456789"
    assert await stored(worker.backends) == 3
    assert worker.asked == []


async def test_a_log_that_cannot_be_sealed_yet_is_sealed_later(
    worker: Worker, reader: LogReader, clock: FakeClock, backends: Backends
) -> None:
    content = b"x" * INLINE
    digest = hashlib.sha256(content + END_MARKER).hexdigest()
    await worker.write(0, content)
    deleting = {"_id": f"{TEAM}/{digest}", "team": TEAM, "size": 1, "state": "deleting", "touched_at": ""}
    await backends.documents.write([Insert("artifacts", deleting)])
    await closed(backends.documents)

    async def is_sealed() -> bool:
        await clock.advance(2)
        return (await reader.read(ATTEMPT, "stdout")).sealed

    await clock.advance(60)
    await backends.documents.write([Delete("artifacts", f"{TEAM}/{digest}")])
    await eventually(is_sealed)
