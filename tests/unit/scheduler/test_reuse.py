"""Results taken from another run: what is reused, what is executed all the same, and who may die in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.domain.graph import Graph, Node, OutputRef
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.operation import ArtifactRef, Input, Operation, Output
from plynx_common.domain.run import Run, RunState
from plynx_common.interfaces.documents import CompareAndSet, Insert, Outcome, Write
from plynx_common.repositories.node_runs import NODE_RUNS, insertion
from plynx_common.repositories.runs import Runs
from plynx_common.testing.fake_clock import run_until_idle
from plynx_scheduler import expansion, reusing, round
from tests.unit.scheduler.stage import Player, Stage, Storage, chain, empty_stage, instance

S, R, W, F = NodeState.SUCCEEDED, NodeState.RESTORED, NodeState.WAITING, NodeState.FAILED


def steps(*ids: str, outputs: Sequence[str] = ("out",), **operation: Any) -> Graph:
    """Each reads what the one before wrote; never from the cache."""
    fields: dict[str, Any] = {"name": "op", "kind": "command", "cmd": "true", "cacheable": False, **operation}
    op = Operation(**fields, inputs=(Input(name="data", min=0),), outputs=tuple(Output(name=name) for name in outputs))
    nodes = [
        Node(id=id, operation="op", inputs={"data": (OutputRef(node=ids[n - 1], output="out"),)} if n else {})
        for n, id in enumerate(ids)
    ]
    return Graph(nodes=tuple(nodes), operations={"op": op})


async def work(worker: Player, *names: str) -> list[str]:
    """The nodes that were executed, in order; each writes its name."""
    done: list[str] = []
    for _ in names:
        granted = await worker.work()
        done.append(granted.grant.node)
        await worker.finish(granted, {"out": granted.grant.node.encode()})
    return done


async def a_failed_run(stage: Stage, worker: Player) -> None:
    """`a` and `b` have succeeded, `c` has failed, `d` was skipped."""
    await stage.submit(steps("a", "b", "c", "d"))
    await work(worker, "a", "b")
    await worker.fail(await worker.work())
    assert (await stage.run()).state is RunState.FAILED


async def test_what_is_outside_the_cone_is_taken_from_the_other_run(stage: Stage, worker: Player, storage: Storage):
    await a_failed_run(stage, worker)
    await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
    nodes, before = await stage.nodes("r2"), await stage.nodes()
    assert [nodes[id].state for id in "abcd"] == [R, R, NodeState.READY, W]
    assert nodes["b"].restored_from == {"run": "r1", "node": "b", "attempt": "r1/b/1", "from_run": "r1"}
    assert nodes["b"].result == {"outputs": before["b"].result["outputs"]}  # type: ignore[index]
    assert await work(worker, "c", "d") == ["c", "d"]
    assert (await stage.run("r2")).counts == {"restored": 2, "succeeded": 2}
    assert before == await stage.nodes()


async def test_a_run_of_a_run_names_who_made_the_result(stage: Stage, worker: Player, storage: Storage):
    await a_failed_run(stage, worker)
    await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
    await work(worker, "c", "d")
    await stage.submit(steps("a", "b", "c", "d"), "r3", from_run="r2", from_node=("d",))
    nodes = await stage.nodes("r3")
    assert nodes["a"].restored_from == {"run": "r1", "node": "a", "attempt": "r1/a/1", "from_run": "r2"}
    assert nodes["c"].restored_from == {"run": "r2", "node": "c", "attempt": "r2/c/1", "from_run": "r2"}


async def test_nodes_without_artifacts_are_taken_without_asking_storage(stage: Stage, worker: Player):
    await stage.submit(chain(3))
    for _ in range(3):
        await worker.finish(await worker.work())
    await stage.submit(chain(3), "r2", from_run="r1", from_node=("n2",))
    assert await stage.states("r2") == {"n0": R, "n1": R, "n2": NodeState.READY}


async def test_what_is_gone_is_executed_again_and_so_is_what_was_made_from_it(
    stage: Stage, worker: Player, storage: Storage
):
    await a_failed_run(stage, worker)
    storage.absent = {worker.receipt(b"a").digest}
    await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
    assert (await stage.states("r2"))["b"] is W
    assert await work(worker, *"abcd") == ["a", "b", "c", "d"]
    assert (await stage.run("r2")).counts == {"succeeded": 4}


@pytest.mark.parametrize(
    ("graph", "states"),
    [
        (steps("new", "a", "b", "c"), {"new": NodeState.READY, "a": W, "b": W, "c": W}),
        (steps("a", "b", "c", outputs=("out", "log")), {"a": NodeState.READY, "b": W, "c": W}),
    ],
)
async def test_what_the_other_run_does_not_have_waits(
    stage: Stage, worker: Player, storage: Storage, graph: Graph, states: dict[str, NodeState]
):
    await a_failed_run(stage, worker)
    await stage.submit(graph, "r2", from_run="r1", from_node=("c",))
    assert await stage.states("r2") == states


@pytest.mark.parametrize("fields", [{"from_run": "gone"}, {"from_run": "foreign"}])
async def test_nothing_is_taken_from_no_run_and_from_another_teams(
    stage: Stage, worker: Player, storage: Storage, fields: dict[str, Any]
):
    result = {"outputs": {"out": {"digest": "0" * 64, "size": 1, "type": "file"}}}
    theirs = NodeRun(run="foreign", node="a", team="others", pool="others/default", state=S, result=result, attempt=1)
    await stage.backends.documents.write([insertion(theirs, "op")])
    await stage.submit(steps("a", "b"), "r2", from_node=("b",), **fields)
    assert await stage.states("r2") == {"a": NodeState.READY, "b": W}


async def test_an_unfinished_run_gives_what_it_has(stage: Stage, worker: Player, storage: Storage):
    await stage.submit(steps("a", "b", "c"))
    await work(worker, "a")
    await stage.submit(steps("a", "b", "c"), "r2", from_run="r1", from_node=("c",))
    assert await stage.states("r2") == {"a": R, "b": NodeState.READY, "c": W}


async def test_an_error_of_the_object_store_is_no_answer(stage: Stage, worker: Player, storage: Storage):
    await a_failed_run(stage, worker)
    storage.error = "no answer"
    await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
    assert await stage.nodes("r2") == {}
    storage.error = None
    await stage.clock.advance(8)
    await stage.look("r2")
    assert (await stage.states("r2"))["b"] is R


async def test_a_file_and_results_are_asked_for_in_parts(
    stage: Stage, worker: Player, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(expansion, "VERIFY_LIMIT", 1)
    monkeypatch.setattr(reusing, "READ_LIMIT", 1)
    file = Operation(
        name="f", kind="file", outputs=(Output(name="out"),), artifact=ArtifactRef(digest="0" * 64, size=3)
    )
    graph = steps("a", "b", "c")
    graph = graph.model_copy(
        update={"nodes": (Node(id="data", operation="f"), *graph.nodes), "operations": {**graph.operations, "f": file}}
    )
    await stage.submit(graph)
    await work(worker, "a", "b", "c")
    storage.asked.clear()
    await stage.submit(graph, "r2", from_run="r1", from_node=("c",))
    assert [len(question.digests) for question in storage.asked] == [1, 1, 1]
    assert await stage.states("r2") == {"data": R, "a": R, "b": R, "c": NodeState.READY}


class CutShort(MemoryDocuments):
    """Dies within a bulk: some of its insertions are stored, and nobody is told."""

    cut_after: int | None = None

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        inserted = [n for n, write in enumerate(batch) if isinstance(write, Insert) and write.collection == NODE_RUNS]
        if self.cut_after is not None and len(inserted) > self.cut_after:
            kept, self.cut_after = batch[: inserted[self.cut_after]], None
            await super().write(kept)
            raise StoreUnavailable("cut off")
        return await super().write(batch)


@pytest.mark.parametrize("cut_after", [0, 1, 2])
async def test_a_bulk_that_is_cut_is_gone_on_with(cut_after: int, monkeypatch: pytest.MonkeyPatch):
    stage, documents = empty_stage(), CutShort()
    stage.backends = replace(stage.backends, documents=documents)
    storage, worker = Storage(stage), Player(stage)
    async with instance(stage, lease="exclusive"):
        await storage.appear()
        await worker.appear()
        await a_failed_run(stage, worker)
    monkeypatch.setattr(round, "BULK_LIMIT", 3)
    documents.cut_after = cut_after
    async with instance(stage, lease="exclusive"):
        await worker.say_seen()
        await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
        await stage.clock.advance(10)
        await run_until_idle()
        assert [(await stage.states("r2"))[id] for id in "abc"] == [R, R, NodeState.READY]
        assert await work(worker, "c", "d") == ["c", "d"]


async def test_the_next_owner_goes_on_where_the_last_one_died(monkeypatch: pytest.MonkeyPatch):
    """Two levels are stored, then everything dies; what was taken stays, whatever is gone meanwhile."""
    stage, documents = empty_stage(), CutShort()
    stage.backends = replace(stage.backends, documents=documents)
    storage, worker = Storage(stage), Player(stage)
    monkeypatch.setattr(round, "BULK_LIMIT", 1)
    async with instance(stage, lease="exclusive"):
        await storage.appear()
        await worker.appear()
        await a_failed_run(stage, worker)
    run = await _inserted(stage)
    taken = {"run": "r1", "node": "a", "attempt": "r1/a/1", "from_run": "r1"}
    result = (await stage.nodes())["a"].result
    a = NodeRun(run=run, node="a", team="default", pool="default/default", state=R, result=result, restored_from=taken)
    await documents.write([insertion(replace(a, v=1), "op")])
    async with instance(stage, lease="exclusive"):
        await run_until_idle()
        await worker.say_seen()
        assert [(await stage.states("r2"))[id] for id in "abc"] == [R, R, NodeState.READY]


async def _inserted(stage: Stage) -> str:
    """Nobody is rung."""
    graph = steps("a", "b", "c", "d").model_dump(mode="json", by_alias=True)
    run = Run(id="r2", partition=0, team="default", graph=graph, from_run="r1", from_node=("c",))
    await Runs(stage.backends.documents).insert(replace(run, created_at=stage.clock.now()))
    return run.id


class Disagreeing(MemoryDocuments):
    """Another owner was faster, and has not found what this one has: its `a` waits."""

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        for write in batch:
            if isinstance(write, Insert) and write.document["_id"] == "r2/a" and write.document["state"] == R:
                other = {**write.document, "state": "waiting", "result": None, "restored_from": None}
                await super().write([Insert(NODE_RUNS, {**other, "finished_at": None})])
        return await super().write(batch)


async def test_two_owners_that_disagree_do_no_harm():
    stage = empty_stage()
    stage.backends = replace(stage.backends, documents=Disagreeing())
    storage, worker = Storage(stage), Player(stage)
    async with instance(stage, lease="exclusive"):
        await storage.appear()
        await worker.appear()
        await a_failed_run(stage, worker)
        await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
        # What rests on `a` is not taken: it is executed anew.
        assert (await stage.states("r2"))["b"] is W
        assert await work(worker, *"abcd") == ["a", "b", "c", "d"]


async def test_two_schedulers_that_own_the_same_plan_it_once():
    stage = empty_stage()
    storage, worker = Storage(stage), Player(stage)
    async with instance(stage, lease="exclusive"):
        await storage.appear()
        await worker.appear()
        await a_failed_run(stage, worker)
    await _inserted(stage)
    async with instance(stage, lease="exclusive"), instance(stage, lease="exclusive"):
        await stage.clock.advance(10)
        assert [(await stage.states("r2"))[id] for id in "abcd"] == [R, R, NodeState.READY, W]
        assert [node.v for node in (await stage.nodes("r2")).values()] == [1, 1, 2, 1]
    async with instance(stage, lease="exclusive"):
        await worker.say_seen()
        assert await work(worker, "c", "d") == ["c", "d"]


async def test_a_cancel_before_the_plan_takes_what_it_may_and_cancels_the_rest(
    stage: Stage, worker: Player, storage: Storage
):
    await a_failed_run(stage, worker)
    storage.is_silent = True
    await stage.submit(steps("a", "b", "c", "d"), "r2", from_run="r1", from_node=("c",))
    await stage.backends.documents.write([CompareAndSet("runs", "r2", {}, {"cancel_requested": True})])
    storage.is_silent = False
    await stage.clock.advance(20)
    await stage.look("r2")
    assert (await stage.run("r2")).state is RunState.CANCELLED
