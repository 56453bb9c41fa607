"""A scheduler that says what a test tells it to, and a workshop whose scripts end when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue, Settlement
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.nodes import Grant, NodeClaim, NodeFinished, NodeGranted, NodeReady, StreamLog
from plynx_common.messages.workers import Capacity
from plynx_common.testing.fake_clock import FakeClock, FakeIds, run_until_idle
from plynx_worker.line import Speaker
from plynx_worker.log_streams import Chunk, LogStream
from plynx_worker.parts import Parts, Shape
from plynx_worker.work import Outcome
from plynx_worker.worker import working

POOL = "default/default"
PARTITION = 3
SPEAKER = Speaker("host", "000000000007", "pool-token")

M = TypeVar("M", bound=Message)


@dataclass
class Heard:
    message: Message
    reply_to: str | None
    message_id: str | None
    delivery: Delivery


class ScriptedScheduler:
    """Hears everything a worker sends, in order; answers only what a test says."""

    def __init__(self, broker: MemoryBroker, clock: FakeClock) -> None:
        self.bus = MemoryBus(broker)
        self.clock = clock
        self.heard: list[Heard] = []
        self._hints = 0

    async def open(self) -> None:
        await self.bus.declare(Queue("scheduler", exclusive=True))
        for partition in (PARTITION, PARTITION + 1):
            await self.bus.bind("scheduler", routes.CALLS, routes.calls_key(partition))
            await self.open_results(partition)
        await self.bus.bind("scheduler", routes.FACTS, routes.EVERY_WORKER)
        await self.bus.bind("scheduler", routes.LOGS, routes.ALL_LOGS)
        await self.bus.consume("scheduler", self._on_delivery, prefetch=0)

    async def open_results(self, partition: int) -> None:
        results = routes.results_queue(partition)
        await self.bus.declare(Queue(results, durable=True, quorum=True, dead_letter=True))
        await self.bus.bind(results, routes.RESULTS, results)
        await self.bus.consume(results, self._on_result, prefetch=100)

    def _on_delivery(self, delivery: Delivery) -> None:
        self.heard.append(Heard(delivery.message, delivery.reply_to, delivery.message_id, delivery))

    def _on_result(self, delivery: Delivery) -> None:
        self._on_delivery(delivery)
        delivery.settle(Settlement.ACK)

    def all(self, kind: type[M]) -> list[M]:
        return [heard.message for heard in self.heard if isinstance(heard.message, kind)]

    def last(self, kind: type[M]) -> M:
        found = self.all(kind)
        assert found, f"no '{kind.type}' was heard, but {[heard.message.type for heard in self.heard]}"
        return found[-1]

    def reply_to(self, kind: type[Message]) -> str:
        return next(heard.reply_to or "" for heard in reversed(self.heard) if isinstance(heard.message, kind))

    def forget(self) -> None:
        self.heard.clear()

    async def ring(self, *, pool: str = POOL, partition: int = PARTITION, count: int = 1) -> None:
        for _ in range(count):
            self._hints += 1
            hint = NodeReady(hint_id=f"hint{self._hints}", pool=pool, partition=partition, run="r", node="n")
            await self.bus.publish([Outgoing(hint, routes.READY, routes.ready_queue(pool))], confirm=True)
        await run_until_idle()

    async def say(self, message: Message, to: str | None = None, reply_to: str | None = None) -> None:
        """To the worker's own queue, as it was told last."""
        queue = to or next(heard.reply_to for heard in reversed(self.heard) if heard.reply_to) or ""
        await self.bus.publish([Outgoing(message, routes.DIRECT_TO_QUEUE, queue, reply_to=reply_to)])
        await run_until_idle()

    async def say_all(self, *messages: Message) -> None:
        """At once: the worker hears the last before it has acted upon the first."""
        queue = next(heard.reply_to for heard in reversed(self.heard) if heard.reply_to) or ""
        await self.bus.publish([Outgoing(message, routes.DIRECT_TO_QUEUE, queue) for message in messages])
        await run_until_idle()

    async def grant(self, claim_id: str | None = None, **changes: Any) -> Grant:
        grant = a_grant(**changes)
        claim_id = claim_id or self.last(NodeClaim).claim.claim_id
        await self.say(NodeGranted(claim_id=claim_id, grant=grant))
        return grant


def a_grant(**changes: Any) -> Grant:
    fields: dict[str, Any] = {
        "run": "r",
        "node": "n",
        "attempt": 1,
        "team": "default",
        "pool": POOL,
        "partition": PARTITION,
        "operation": {"name": "op", "kind": "command", "cmd": "true"},
        "operation_digest": "d",
        "parameters": {},
        "inputs": {},
        "token": "attempt-token",
    }
    return Grant(**{**fields, **changes})


class FakeWork:
    """Its script runs until `end` is called, or it is terminated."""

    def __init__(self, grant: Grant, token: Callable[[], str], emit: Callable[[Chunk], None]) -> None:
        self.grant = grant
        self.token = token
        self.emit = emit
        self.terminated: list[float] = []
        self.closed = self.forgotten = False
        self.started = False
        self.prepared: asyncio.Future[Failure | None] | None = None
        self.finished: asyncio.Future[None] | None = None
        self.error: Exception | None = None
        self.close_error: Exception | None = None
        self._ended: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()

    async def prepare(self) -> Failure | None:
        return await self.prepared if self.prepared is not None else None

    async def run(self) -> Failure | None:
        self.started = True
        if self.error is not None:
            raise self.error
        return await self._ended

    def terminate(self, grace: float) -> None:
        self.terminated.append(grace)
        self.end(Failure(FailureKind.EXIT, "killed", signal=9 if grace == 0 else 15))

    def end(self, failure: Failure | None = None) -> None:
        if not self._ended.done():
            self._ended.set_result(failure)

    async def finish(self, failure: Failure | None) -> Outcome:
        if self.finished is not None:
            await self.finished
        log = StreamLog(bytes=2, sha256="h", inline="hi")
        return Outcome(failure=failure, logs={"stdout": log})

    def read_log(self, stream: LogStream, start: int, end: int | None) -> bytes:
        return b"0123456789"[start:end]

    async def close(self) -> None:
        self.closed = True
        if self.close_error is not None:
            raise self.close_error

    def forget(self) -> None:
        self.forgotten = True


@dataclass
class FakeWorkshop:
    works: list[FakeWork] = field(default_factory=list[FakeWork])
    arrange: Callable[[FakeWork], None] = lambda _: None

    def open(self, grant: Grant, token: Callable[[], str], emit: Callable[[Chunk], None]) -> FakeWork:
        work = FakeWork(grant, token, emit)
        self.arrange(work)
        self.works.append(work)
        return work


@dataclass
class Scene:
    """One worker before a scripted scheduler."""

    scheduler: ScriptedScheduler
    workshop: FakeWorkshop
    clock: FakeClock
    parts: Parts
    bus: MemoryBus
    leave: Callable[[], asyncio.Task[None]]
    """Ends the worker, once."""
    _futures: list[asyncio.Future[None]] = field(default_factory=list[asyncio.Future[None]])

    def future(self) -> asyncio.Future[None]:
        self._futures.append(asyncio.get_running_loop().create_future())
        return self._futures[-1]

    def release_futures(self) -> None:
        for future in self._futures:
            if not future.done():
                future.set_result(None)

    @property
    def work(self) -> FakeWork:
        assert self.workshop.works, "no attempt was started"
        return self.workshop.works[-1]

    async def start_attempt(self, **changes: Any) -> FakeWork:
        """By hint, claim and grant."""
        started = len(self.workshop.works)
        await self.scheduler.ring()
        await self.scheduler.grant(**changes)
        assert len(self.workshop.works) == started + 1
        return self.work

    async def end(self, work: FakeWork, failure: Failure | None = None) -> None:
        work.end(failure)
        await run_until_idle()


@asynccontextmanager
async def scene(**shape: Any) -> AsyncGenerator[Scene]:
    clock, broker, workshop = FakeClock(), MemoryBroker(), FakeWorkshop()
    scheduler = ScriptedScheduler(broker, clock)
    await scheduler.open()
    bus = MemoryBus(broker)
    fields: dict[str, Any] = {"pools": (POOL,), "slots": 1, "capacity": Capacity(cpu=2.0, memory=1000), **shape}
    context = working(Shape(**fields), SPEAKER, bus, clock, FakeIds(1), workshop)
    parts = await context.__aenter__()
    left: list[asyncio.Task[None]] = []

    def leave() -> asyncio.Task[None]:
        if not left:
            left.append(asyncio.create_task(_leave(context)))
        return left[0]

    await run_until_idle()
    it = Scene(scheduler, workshop, clock, parts, bus, leave)
    try:
        yield it
    finally:
        it.release_futures()
        for work in workshop.works:
            work.end()
        leaving = leave()
        while not leaving.done():
            await clock.advance(1)
        await leaving
        await bus.close()
        await scheduler.bus.close()


def handover_of(it: Scene) -> str:
    """Claim id that the last result carried."""
    handover = it.scheduler.last(NodeFinished).handover
    assert handover is not None, "the result carries no claim"
    return handover.claim_id


async def _leave(context: Any) -> None:
    await context.__aexit__(None, None, None)
