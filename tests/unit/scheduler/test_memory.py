"""The scheduler's memory while the store is asked: what fails is read again, what was given up stays given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.domain.node_run import NodeRun, NodeState, Queued
from plynx_common.domain.run import Run, RunState
from plynx_common.interfaces.documents import Document
from plynx_common.messages.workers import Capacity
from plynx_common.repositories import node_runs
from plynx_common.repositories.runs import Runs
from plynx_common.testing.fake_clock import FakeClock
from plynx_scheduler.memory import Memory
from plynx_scheduler.open_run import opened
from plynx_scheduler.plan import make_plan
from plynx_scheduler.pool_queues import PoolQueues
from plynx_scheduler.round import Planned, Round
from plynx_scheduler.service import make_core
from tests.unit.scheduler.stage import chain, empty_stage, settings_of


class WatchedDocuments(MemoryDocuments):
    def __init__(self) -> None:
        super().__init__()
        self.before_get: Callable[[str], None] = lambda _: None

    async def get(self, collection: str, id: str) -> Document | None:
        self.before_get(id)
        return await super().get(collection, id)


@pytest.fixture
async def documents() -> WatchedDocuments:
    documents = WatchedDocuments()
    for id in ("r1", "r2"):
        graph = chain(1).model_dump(mode="json", by_alias=True)
        await Runs(documents).insert(Run(id=id, partition=0, team="default", graph=graph))
    return documents


@pytest.fixture
def memory(documents: WatchedDocuments) -> Memory:
    return Memory(documents, FakeClock(), "3.11")


def nothing(*_: Any) -> None:
    """What waits for a run."""


async def test_a_run_given_up_while_it_is_read_stays_given_up(documents: WatchedDocuments, memory: Memory):
    memory.want("r1", nothing)
    documents.before_get = memory.drop
    reading = await memory.read(0.0)
    assert (reading.known, reading.items, memory.open, memory.is_busy) == ([], [], {}, False)


async def test_a_run_given_up_while_it_is_read_again_stays_given_up(documents: WatchedDocuments, memory: Memory):
    memory.want("r1")
    (open_run,) = (await memory.read(0.0)).known
    memory.read_again(open_run, "n0")
    documents.before_get = memory.drop
    reading = await memory.read(0.0)
    assert (reading.known, memory.open, memory.is_busy) == ([], {}, False)


async def test_what_was_read_before_the_store_failed_is_brought_by_the_next_reading(
    documents: WatchedDocuments, memory: Memory
):
    def fail(id: str) -> None:
        if id == "r2":
            raise StoreUnavailable("the store is down")

    memory.want("r1", nothing)
    memory.want("r2")
    documents.before_get = fail
    with pytest.raises(StoreUnavailable):
        await memory.read(0.0)
    documents.before_get = lambda _: None
    reading = await memory.read(0.0)
    assert ([open_run.id for open_run in reading.known], reading.items) == (["r1", "r2"], [nothing])


async def test_nothing_is_planned_for_a_run_that_was_given_up():
    """Its nodes may be unread for ever: waiting for that would never end."""
    stage = empty_stage()
    core = make_core(settings_of(), stage.backends)
    run = Run(id="r1", partition=0, team="default", graph=chain(1).model_dump(mode="json", by_alias=True))
    node = NodeRun("r1", "n0", "default", "default/default")
    open_run = opened(run, make_plan(run), [node], 0.0)
    core.memory.open["r1"] = open_run
    open_run.unread["n0"] = None
    fact = Queued(at=stage.clock.now())
    assert Round(core, stage.clock.now(), 0.0).change(open_run, "n0", fact) is Planned.BUSY
    core.memory.drop("r1")
    assert Round(core, stage.clock.now(), 0.0).change(open_run, "n0", fact) is Planned.STALE


async def test_what_is_queued_of_a_run_that_was_loaded_anew_takes_the_place_of_what_was_before():
    """Otherwise the old entry, which can never be granted, would stand for the node for ever."""
    run = Run(id="r1", partition=0, team="default", graph=chain(1).model_dump(mode="json", by_alias=True))
    node = NodeRun("r1", "n0", "default", "default/default", NodeState.READY)
    before, after = (opened(replace(run, state=RunState.RUNNING), make_plan(run), [node], 0.0) for _ in range(2))
    before.is_run_unread = True
    queues = PoolQueues()
    for open_run in (before, after):
        queues.add(open_run, "n0", FakeClock().now())
    assert queues.size("default/default") == 1
    assert queues.best("default/default", Capacity()) == (after, "n0")
    assert queues.best("default/default", Capacity()) is None


async def test_a_run_loaded_anew_is_not_taken_for_the_one_before(memory: Memory):
    memory.want("r1")
    (before,) = (await memory.read(0.0)).known
    memory.drop("r1")
    memory.want("r1")
    await memory.read(0.0)
    memory.read_again(before, "n0")
    assert not memory.is_busy


async def test_a_node_that_has_gone_on_makes_memory_read_the_producers_that_it_believes_unfinished(
    documents: WatchedDocuments, memory: Memory
):
    graph = chain(2).model_dump(mode="json", by_alias=True)
    await Runs(documents).insert(Run(id="r3", partition=0, team="default", graph=graph))
    old = [NodeRun("r3", id, "default", "default/default") for id in ("n0", "n1")]
    await documents.write([node_runs.insertion(node, "op-1") for node in old])
    memory.want("r3")
    (open_run,) = (await memory.read(0.0)).known
    states = (NodeState.SUCCEEDED, NodeState.RUNNING)
    new = [replace(node, state=state, attempt=1, v=1) for node, state in zip(old, states, strict=True)]
    await documents.write([node_runs.change(*both, "op-2") for both in zip(old, new, strict=True)])
    memory.read_again(open_run, "n1")
    await memory.read(0.0)
    assert open_run.is_unread("n1")
    assert memory.is_busy
    await memory.read(0.0)
    assert [node.state for node in open_run.nodes.values()] == list(states)
    assert not open_run.is_unread("n1")
