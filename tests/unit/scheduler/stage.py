"""A scheduler on stage: memory backends, a fake clock, and a worker that the test plays."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.operation import Operation, Output
from plynx_common.domain.run import Run
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.interfaces.clock import Clock
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_common.messages.base import Message
from plynx_common.messages.nodes import (
    AttemptBeat,
    AttemptClosed,
    ClaimDeclined,
    ClaimRequest,
    Grant,
    NodeClaim,
    NodeFailed,
    NodeFinished,
    NodeGranted,
    NodeHeartbeat,
    NodeReady,
    NodeReleased,
    Receipt,
)
from plynx_common.messages.runs import RunLook
from plynx_common.messages.workers import Capacity, WorkerSeen
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import Runs
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock, FakeIds, run_until_idle
from plynx_scheduler.service import scheduler_service
from plynx_scheduler.settings import SchedulerSettings

SECRET = "a secret of the tests, long enough"
POOL = "default/default"


@dataclass
class Stage:
    backends: Backends
    broker: MemoryBroker
    clock: FakeClock
    signer: Signer

    async def submit(self, graph: Graph, id: str = "r1", **fields: Any) -> Run:
        run = Run(
            id=id,
            partition=0,
            team="default",
            graph=graph.model_dump(mode="json", by_alias=True),
            created_at=self.clock.now(),
            **fields,
        )
        await Runs(self.backends.documents).insert(run)
        await self.look(id)
        return run

    async def look(self, run: str = "r1") -> None:
        look = RunLook(run=run, partition=0)
        await self.backends.bus.publish([Outgoing(look, routes.CALLS, routes.calls_key(0))])
        await run_until_idle()

    async def cancel(self, run: str = "r1") -> None:
        await Runs(self.backends.documents).request_cancel("default", run)
        await self.look(run)

    async def run(self, id: str = "r1") -> Run:
        found = await Runs(self.backends.documents).find(id)
        assert found is not None
        return found

    async def nodes(self, run: str = "r1") -> dict[str, NodeRun]:
        return {node.node: node for node in await NodeRuns(self.backends.documents).of_run(run)}

    async def states(self, run: str = "r1") -> dict[str, NodeState]:
        return {id: node.state for id, node in (await self.nodes(run)).items()}


class Player:
    """A worker whose every word the test chooses."""

    def __init__(self, stage: Stage, name: str = "w1", incarnation: str = "1", slots: int = 2) -> None:
        self.stage = stage
        self.name = name
        self.incarnation = incarnation
        self.slots = slots
        self.capacity = Capacity(slots=slots)
        self.queue = f"worker-{name}-{incarnation}"
        self.inbox: list[Message] = []
        self.hints: list[NodeReady] = []
        token = PoolToken("default", name, (POOL,))
        self.speaks: dict[str, Any] = {
            "worker": name,
            "incarnation": incarnation,
            "token": token.sign(stage.signer, expires_at=stage.clock.now().timestamp() + 86_400),
        }
        self._claims = 0

    async def appear(self) -> None:
        bus = self.stage.backends.bus
        await bus.declare(Queue(self.queue, exclusive=True))
        await bus.consume(self.queue, self._take, prefetch=0)
        ready = routes.ready_queue(POOL)
        await bus.declare(Queue(ready, durable=True))
        await bus.bind(ready, routes.READY, ready)
        await bus.consume(ready, self._take, prefetch=0)
        await self.say_seen()

    async def say_seen(self, free: int | None = None) -> None:
        seen = WorkerSeen(
            **self.speaks,
            pools=(POOL,),
            slots=self.slots,
            free=self.slots if free is None else free,
            capacity=self.capacity,
            queue=self.queue,
        )
        await self._say(seen, routes.FACTS, routes.WORKER_SEEN_KEY)

    def request(self, hint_id: str | None = None, claim_id: str | None = None) -> ClaimRequest:
        self._claims += 1
        id = claim_id or f"{self.name}-{self.incarnation}-claim-{self._claims}"
        return ClaimRequest(claim_id=id, hint_id=hint_id, pool=POOL, capacity=Capacity(slots=1))

    async def claim(
        self, hint_id: str | None = None, claim_id: str | None = None
    ) -> NodeGranted | ClaimDeclined | None:
        """The answer, or None where there is none."""
        request = self.request(hint_id, claim_id)
        before = len(self.inbox)
        await self._say(NodeClaim(**self.speaks, partition=0, claim=request), routes.CALLS, routes.calls_key(0))
        for message in self.inbox[before:]:
            if isinstance(message, NodeGranted | ClaimDeclined) and message.claim_id == request.claim_id:
                return message
        return None

    async def work(self) -> NodeGranted:
        """A claim that must be granted."""
        answer = await self.claim()
        assert isinstance(answer, NodeGranted), answer
        return answer

    async def finish(
        self, granted: NodeGranted, outputs: dict[str, bytes] | None = None, **fields: Any
    ) -> Message | None:
        """Reports success; returns the answer."""
        grant = granted.grant
        receipts = {name: self.receipt(body) for name, body in (outputs or {}).items()}
        return await self._report(NodeFinished(**self._of(granted), **fields, outputs=receipts), grant)

    async def finish_all(self, granted: Sequence[NodeGranted]) -> None:
        """Reports success of many in one breath."""
        await self.stage.backends.bus.publish(
            [
                Outgoing(
                    NodeFinished(**self._of(each), outputs={}),
                    routes.RESULTS,
                    routes.results_queue(each.grant.partition),
                    reply_to=self.queue,
                )
                for each in granted
            ]
        )
        await run_until_idle()

    async def fail(self, granted: NodeGranted, **failure: Any) -> Message | None:
        document = {"kind": "exit", "message": "exit code 1", "retryable": True, "exit_code": 1, **failure}
        return await self._report(NodeFailed(**self._of(granted), failure=document), granted.grant)

    async def release(self, granted: NodeGranted) -> Message | None:
        before = len(self.inbox)
        await self._say(
            NodeReleased(**self._of(granted), reason="drained"), routes.CALLS, routes.calls_key(granted.grant.partition)
        )
        return next(iter(self.inbox[before:]), None)

    async def beat(self, *granted: NodeGranted, phase: str = "running", seconds: float = 1.0) -> Message | None:
        beats = tuple(
            AttemptBeat(
                run=each.grant.run,
                node=each.grant.node,
                attempt=each.grant.attempt,
                claim_id=each.claim_id,
                phase=phase,
                seconds=seconds,
            )
            for each in granted
        )
        before = len(self.inbox)
        beat = NodeHeartbeat(**self.speaks, partition=0, attempts=beats)
        await self._say(beat, routes.CALLS, routes.calls_key(0))
        return next(iter(self.inbox[before:]), None)

    def receipt(self, body: bytes, type: str = "file") -> Receipt:
        digest = hashlib.sha256(body).hexdigest()
        signature = self.stage.signer.sign_receipt("default", digest, len(body), type)
        return Receipt(digest=digest, size=len(body), type=type, signature=signature)

    def _of(self, granted: NodeGranted) -> dict[str, Any]:
        grant: Grant = granted.grant
        return {
            **self.speaks,
            "partition": grant.partition,
            "run": grant.run,
            "node": grant.node,
            "attempt": grant.attempt,
            "claim_id": granted.claim_id,
        }

    async def _report(self, result: NodeFinished | NodeFailed, grant: Grant) -> Message | None:
        before = len(self.inbox)
        await self._say(result, routes.RESULTS, routes.results_queue(grant.partition))
        answers = [m for m in self.inbox[before:] if isinstance(m, NodeGranted | ClaimDeclined | AttemptClosed)]
        return answers[-1] if answers else None

    async def _say(self, message: Message, exchange: str, key: str) -> None:
        await self.stage.backends.bus.publish([Outgoing(message, exchange, key, reply_to=self.queue)])
        await run_until_idle()

    def _take(self, delivery: Delivery) -> None:
        message = delivery.message
        if isinstance(message, NodeReady):
            self.hints.append(message)
        else:
            self.inbox.append(message)


@asynccontextmanager
async def staged(**settings: Any) -> AsyncGenerator[Stage]:
    """One scheduler that owns everything."""
    stage = empty_stage()
    async with instance(stage, lease="exclusive", **settings):
        yield stage


def empty_stage() -> Stage:
    clock = FakeClock()
    broker = MemoryBroker()
    objects = MemoryObjects("http://127.0.0.1:1", SECRET.encode())
    backends = Backends(MemoryBus(broker), MemoryDocuments(), objects, clock, FakeIds())
    return Stage(backends, broker, clock, Signer(SECRET.encode()))


def settings_of(**settings: Any) -> SchedulerSettings:
    fields: dict[str, Any] = {"partitions": 1, **settings}
    return SchedulerSettings(home=Path("/nowhere"), secret=SecretStr(SECRET), **fields)


@asynccontextmanager
async def instance(stage: Stage, clock: Clock | None = None, **settings: Any) -> AsyncGenerator[MemoryBus]:
    """A scheduler of its own connection on the stage's broker and store."""
    bus = MemoryBus(stage.broker)
    backends = replace(stage.backends, bus=bus, clock=clock or stage.clock)
    async with scheduler_service(settings_of(**settings), backends):
        await run_until_idle()
        yield bus


class Storage:
    """Answers what the scheduler asks of the storage service; the test says what is absent."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.absent: set[str] = set()
        self.error: str | None = None
        self.is_silent = False
        self.asked: list[ArtifactsVerify] = []

    async def appear(self) -> None:
        bus = self._stage.backends.bus
        await bus.declare(Queue(routes.STORAGE_QUEUE, durable=True))
        await bus.bind(routes.STORAGE_QUEUE, routes.STORAGE, routes.VERIFY_KEY)
        await bus.consume(routes.STORAGE_QUEUE, self._take, prefetch=0)

    def _take(self, delivery: Delivery) -> None:
        message = delivery.message
        assert isinstance(message, ArtifactsVerify)
        self.asked.append(message)
        if not self.is_silent and delivery.reply_to is not None:
            absent = tuple(digest for digest in message.digests if digest in self.absent)
            answer = ArtifactsVerified(ref=message.ref, absent=absent, error=self.error)
            self._stage.broker.publish(Outgoing(answer, routes.DIRECT_TO_QUEUE, delivery.reply_to))


def chain(length: int, **operation: Any) -> Graph:
    ids = [f"n{index}" for index in range(length)]
    nodes = [Node(id=id, operation="op", after=(ids[index - 1],) if index else ()) for index, id in enumerate(ids)]
    return graph(nodes, **operation)


def graph(nodes: Sequence[Node], **operation: Any) -> Graph:
    fields: dict[str, Any] = {"name": "op", "kind": "command", "cmd": "true", "cacheable": False, **operation}
    return Graph(nodes=tuple(nodes), operations={"op": Operation(**fields)})


def with_output() -> dict[str, Any]:
    return {"outputs": (Output(name="out"),), "cacheable": True}
