"""Two scheduler instances on one bus and store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import BusUnavailable, StoreUnavailable
from plynx_common.domain.graph import Node
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.operation import ArtifactRef, Operation
from plynx_common.domain.run import Run, RunState
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.interfaces.documents import Document, Outcome, Write
from plynx_common.messages import routes
from plynx_common.messages.nodes import AttemptClosed, Grant, NodeGranted
from plynx_common.repositories import node_runs, runs
from plynx_common.repositories.runs import Runs
from plynx_scheduler.closing import close_when_complete
from plynx_scheduler.memory import Memory
from plynx_scheduler.open_run import opened
from plynx_scheduler.plan import make_plan
from plynx_scheduler.round import Round
from plynx_scheduler.service import make_core
from tests.unit.scheduler.stage import POOL, Player, Stage, chain, empty_stage, instance, settings_of


async def owners(stage: Stage) -> dict[str, int]:
    counts: dict[str, int] = {}
    for lease in await stage.backends.documents.find("leases", {}):
        counts[lease["owner"]] = counts.get(lease["owner"], 0) + 1
    return counts


async def test_two_instances_share_the_partitions_evenly():
    stage = empty_stage()
    async with instance(stage, partitions=8), instance(stage, partitions=8):
        await stage.clock.advance(30)
        assert sorted((await owners(stage)).values()) == [4, 4]


async def test_an_instance_that_stops_hands_over_at_once():
    stage = empty_stage()
    async with instance(stage, partitions=8):
        async with instance(stage, partitions=8):
            await stage.clock.advance(30)
        await stage.clock.advance(4)
        assert list((await owners(stage)).values()) == [8]


async def test_what_runs_goes_on_when_its_owner_is_replaced():
    stage = empty_stage()
    worker = Player(stage)
    async with instance(stage):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(2))
        granted = await worker.work()
    async with instance(stage):
        await stage.clock.advance(12)
        await worker.beat(granted)
        assert isinstance(await worker.finish(granted), AttemptClosed)
        await worker.finish(await worker.work())
        assert (await stage.run()).state is RunState.SUCCEEDED


async def test_an_incarnation_that_died_with_the_owner_loses_its_attempts_when_the_next_one_is_seen():
    stage = empty_stage()
    worker, reborn = Player(stage), Player(stage, incarnation="2")
    async with instance(stage):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(1))
        await worker.work()
    async with instance(stage):
        await stage.clock.advance(3)
        await reborn.appear()
        assert (await stage.states())["n0"] is NodeState.READY
        assert (await reborn.work()).grant.attempt == 2


async def test_an_incarnation_that_is_known_to_be_dead_loses_its_attempts_when_they_are_read():
    stage = empty_stage()
    worker, reborn = Player(stage), Player(stage, incarnation="2")
    async with instance(stage):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(1))
        await worker.work()
    async with instance(stage):
        await reborn.appear()  # nothing has been read yet: the partition's lease is still to be had
        await stage.clock.advance(12)
        assert (await reborn.work()).grant.attempt == 2


async def test_an_instance_that_is_gone_without_a_word_is_replaced_within_seconds():
    stage = empty_stage()
    worker = Player(stage)
    frozen = FrozenClock(stage)
    async with instance(stage, clock=frozen) as connection:
        await stage.clock.advance(3)
        async with instance(stage):
            await worker.appear()
            frozen.is_frozen = True
            await connection.close()
            await stage.clock.advance(14)
            await stage.submit(chain(1))
            await worker.say_seen()
            granted = await worker.work()
            await worker.finish(granted)
            assert (await stage.run()).state is RunState.SUCCEEDED
            frozen.is_frozen = False


class FrozenClock:
    """The stage's clock, seen by a process that can be stopped: its sleeps do not end while it is frozen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.is_frozen = False

    def now(self):
        return self._stage.clock.now()

    def monotonic(self) -> float:
        return self._stage.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._stage.clock.sleep(seconds)
        while self.is_frozen:
            await self._stage.clock.sleep(0.5)


async def test_an_instance_frozen_for_40_seconds_goes_on_and_does_no_harm():
    stage = empty_stage()
    worker = Player(stage)
    frozen = FrozenClock(stage)
    async with instance(stage, clock=frozen):
        await stage.clock.advance(3)
        await worker.appear()
        await stage.submit(chain(3))
        granted = await worker.work()
        frozen.is_frozen = True
        async with instance(stage):
            for _ in range(20):
                await worker.beat(granted)
                await stage.clock.advance(2)
            assert (await stage.states())["n0"] is NodeState.RUNNING
            frozen.is_frozen = False
            for _ in range(5):
                await worker.beat(granted)
                await stage.clock.advance(2)
            await worker.finish(granted)
            for _ in range(2):
                await worker.say_seen()
                await worker.finish(await worker.work())
            run = await stage.run()
            assert (run.state, run.counts) == (RunState.SUCCEEDED, {"succeeded": 3})
            assert [node.attempt for node in (await stage.nodes()).values()] == [1, 1, 1]


async def test_after_each_loss_of_its_connection_an_instance_still_has_one_consumer_of_its_results():
    stage = empty_stage()
    async with instance(stage) as connection:
        await stage.clock.advance(3)
        for _ in range(3):
            connection.interrupt()
            await stage.clock.advance(3)
        assert len(stage.broker.queue("results.0", connection)._consumers) == 1


class FailingDocuments(MemoryDocuments):
    is_down = False
    refused: str | None = None
    """Collection that nothing is written to."""
    unsure: bool | None = None
    """The outcomes of writes are unknown; True: they are stored."""

    async def find(self, *args: Any, **options: Any) -> list[Document]:
        self._answer()
        return await super().find(*args, **options)

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self._answer()
        if any(write.collection == self.refused for write in batch):
            raise StoreUnavailable("the store refuses this bulk")
        outcomes = [Outcome.UNKNOWN] * len(batch) if self.unsure is False else await super().write(batch)
        return outcomes if self.unsure is None else [Outcome.UNKNOWN] * len(batch)

    def _answer(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the store is down")


class FailingBroker(MemoryBroker):
    is_down = False

    def bind(self, name: str, exchange: str, key: str, connection: object) -> None:
        self._answer()
        super().bind(name, exchange, key, connection)

    def unbind(self, name: str, exchange: str, key: str) -> None:
        self._answer()
        super().unbind(name, exchange, key)

    def _answer(self) -> None:
        if self.is_down:
            raise BusUnavailable("the broker is down")


def failing_stage() -> tuple[Stage, FailingDocuments, FailingBroker]:
    stage, documents, broker = empty_stage(), FailingDocuments(), FailingBroker()
    backends = replace(stage.backends, bus=MemoryBus(broker), documents=documents)
    return replace(stage, broker=broker, backends=backends), documents, broker


async def test_an_owner_that_reaches_neither_store_nor_broker_gives_up_and_takes_its_partitions_again():
    stage, documents, broker = failing_stage()
    async with instance(stage):
        await stage.clock.advance(3)
        documents.is_down = broker.is_down = True
        await stage.clock.advance(12)
        documents.is_down = False
        await stage.clock.advance(12)
        broker.is_down = False
        await stage.clock.advance(3)
        worker = Player(stage)
        await worker.appear()
        await stage.submit(chain(1))
        await worker.finish(await worker.work())
        assert (await stage.run()).state is RunState.SUCCEEDED


@pytest.mark.parametrize("stored", [True, False])
async def test_an_owner_whose_renewal_has_an_unknown_outcome_goes_on_owning(*, stored: bool):
    """As when a replica set has lost its primary."""
    stage, documents, _ = failing_stage()
    async with instance(stage):
        await stage.clock.advance(3)
        worker = Player(stage)
        await worker.appear()
        documents.unsure = stored
        await stage.clock.advance(2)
        documents.unsure = None
        await stage.submit(chain(1))
        await worker.finish(await worker.work())
        assert (await stage.run()).state is RunState.SUCCEEDED


async def test_an_instance_that_could_not_say_that_it_is_there_says_it_again():
    stage, documents, _ = failing_stage()
    async with instance(stage, partitions=8):
        await stage.clock.advance(3)
        documents.refused = "presence"
        async with instance(stage, partitions=8):
            documents.refused = None
            await stage.clock.advance(30)
            assert sorted((await owners(stage)).values()) == [4, 4]


async def test_an_instance_that_loaded_a_run_while_it_was_expanded_reads_its_nodes():
    """Otherwise nobody would ever start them."""
    stage = empty_stage()
    memory = Memory(stage.backends.documents, stage.clock, "3.11")
    run = Run(id="r1", partition=0, team="default", graph=chain(2).model_dump(mode="json", by_alias=True))
    await Runs(stage.backends.documents).insert(run)
    memory.want("r1")
    (open_run,) = (await memory.read(0.0)).known
    for id in ("n0", "n1"):
        node = NodeRun("r1", id, "default", POOL)
        await stage.backends.documents.write([node_runs.insertion(node, "of another owner")])
    await stage.backends.documents.write([runs.change(run, replace(run, state=RunState.RUNNING, v=1), "op")])
    open_run.is_run_unread = True
    memory.doubt(open_run)
    await memory.read(0.0)
    assert list(open_run.nodes) == ["n0", "n1"]


async def test_a_result_of_a_node_that_another_owner_has_expanded_is_accepted():
    """Memory may be behind the documents: they are read again before a result is refused."""
    stage = empty_stage()
    worker = Player(stage)
    file = Operation(name="file", kind="file", artifact=ArtifactRef(digest="0" * 64, size=1))
    graph = chain(1).model_copy(update={"nodes": (*chain(1).nodes, Node(id="file", operation="file"))})
    async with instance(stage, lease="exclusive"):
        await worker.appear()
        # Storage does not answer about the file, so that this instance has not expanded the run yet.
        run = await stage.submit(graph.model_copy(update={"operations": {**graph.operations, "file": file}}))
        secret = claim_id_hash("c1")
        running = NodeRun(run.id, "n0", "default", POOL, NodeState.RUNNING, 1, claim_id_hash=secret, worker="w1", v=1)
        await stage.backends.documents.write([node_runs.insertion(running, "of another owner")])
        await worker.finish(NodeGranted(claim_id="c1", grant=a_grant(run)))
        assert (await stage.states())["n0"] is NodeState.SUCCEEDED
        assert stage.broker.depth(routes.DEAD_LETTERS) == 0


def a_grant(run: Run) -> Grant:
    fields: dict[str, Any] = {"operation": {}, "operation_digest": "", "parameters": {}, "inputs": {}, "token": ""}
    return Grant(run=run.id, node="n0", attempt=1, team="default", pool=POOL, partition=0, **fields)


async def test_a_run_that_memory_believes_pending_is_not_closed_before_it_is_known_to_run():
    """Another owner has expanded and ended everything in it, down to the last node."""
    stage = empty_stage()
    core = make_core(settings_of(), stage.backends)
    run = Run(id="r1", partition=0, team="default", graph=chain(1).model_dump(mode="json", by_alias=True))
    open_run = opened(run, make_plan(run), [NodeRun("r1", "n0", "default", POOL, NodeState.SKIPPED)], 0.0)
    round = Round(core, stage.clock.now(), 0.0)
    close_when_complete(round, open_run)
    assert not round.closings
    open_run.run = replace(run, state=RunState.RUNNING)
    close_when_complete(round, open_run)
    assert round.closings == {"r1": open_run}


async def test_an_attempt_whose_result_was_lost_out_of_hand_expires():
    """The store fails, the broker is wiped, the worker dies: nothing of the result is left."""
    stage, documents, broker = failing_stage()
    async with instance(stage, lease="exclusive") as connection:
        worker = Player(stage)
        await worker.appear()
        await stage.submit(chain(1))
        granted = await worker.work()
        documents.is_down = True
        await worker.finish(granted)
        connection.interrupt()
        broker.queue("results.0", connection)._returned.clear()
        documents.is_down = False
        await stage.clock.advance(60)
        assert (await stage.states())["n0"] is NodeState.READY
