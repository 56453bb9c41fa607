"""What the scheduler restores instead of executing, and what it stores for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.graph import Graph, Node, OutputRef
from plynx_common.domain.node_run import NodeState
from plynx_common.domain.operation import ArtifactRef, Input, Operation, Output
from plynx_common.domain.run import RunState
from plynx_common.interfaces.documents import Outcome, Write
from plynx_common.messages.nodes import ClaimDeclined, NodeGranted
from plynx_scheduler import round
from tests.unit.scheduler.stage import Player, Stage, Storage, chain, empty_stage, graph, instance


def a_pipeline() -> Graph:
    """`make` writes a file, `use` reads it."""
    make = Operation(name="make", kind="command", cmd="make", outputs=(Output(name="out"),))
    use = Operation(name="use", kind="command", cmd="use", inputs=(Input(name="data"),), outputs=(Output(name="out"),))
    nodes = (
        Node(id="make", operation="make"),
        Node(id="use", operation="use", inputs={"data": (OutputRef(node="make", output="out"),)}),
    )
    return Graph(nodes=nodes, operations={"make": make, "use": use})


async def run_pipeline(worker: Player, made: bytes = b"made", used: bytes = b"used") -> None:
    await worker.finish(await worker.work(), {"out": made})
    await worker.finish(await worker.work(), {"out": used})


async def test_a_second_run_restores_everything_and_names_the_origin(stage: Stage, worker: Player, storage: Storage):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    await stage.submit(a_pipeline(), "r2")
    nodes = await stage.nodes("r2")
    assert [node.state for node in nodes.values()] == [NodeState.RESTORED, NodeState.RESTORED]
    assert nodes["use"].result == {"outputs": (await stage.nodes("r1"))["use"].result["outputs"]}  # type: ignore[index]
    assert nodes["use"].restored_from == {"run": "r1", "node": "use", "attempt": "r1/use/1"}
    assert (await stage.run("r2")).state is RunState.SUCCEEDED


async def test_nodes_without_artifacts_are_restored_without_asking_storage(stage: Stage, worker: Player):
    await stage.submit(chain(1, cacheable=True))
    await worker.finish(await worker.work())
    await stage.submit(chain(1, cacheable=True), "r2")
    assert (await stage.run("r2")).counts == {"restored": 1}


async def test_an_upstream_step_that_writes_the_same_bytes_leaves_what_is_below_restored(
    stage: Stage, worker: Player, storage: Storage
):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    await stage.submit(a_pipeline(), "r2", force=("make",))
    granted = await worker.work()
    assert granted.grant.node == "make"
    await worker.finish(granted, {"out": b"made"})
    assert await stage.states("r2") == {"make": NodeState.SUCCEEDED, "use": NodeState.RESTORED}


async def test_other_bytes_upstream_execute_what_is_below(stage: Stage, worker: Player, storage: Storage):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    await stage.submit(a_pipeline(), "r2", force=("make",))
    await worker.finish(await worker.work(), {"out": b"made otherwise"})
    assert (await worker.work()).grant.node == "use"


async def test_a_hit_whose_artifact_is_gone_is_executed_and_its_entry_repaired(
    stage: Stage, worker: Player, storage: Storage
):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    storage.absent = {worker.receipt(b"used").digest}
    await stage.submit(a_pipeline(), "r2")
    granted = await worker.work()
    assert granted.grant.node == "use"
    storage.absent = set()
    await worker.finish(granted, {"out": b"used anew"})
    await stage.submit(a_pipeline(), "r3")
    use = (await stage.nodes("r3"))["use"]
    assert use.restored_from == {"run": "r2", "node": "use", "attempt": "r2/use/1"}


async def test_an_error_of_the_object_store_is_no_answer_and_the_node_waits(
    stage: Stage, worker: Player, storage: Storage
):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    storage.error = "the object store does not answer"
    await stage.submit(a_pipeline(), "r2")
    await stage.clock.advance(30)
    assert (await stage.states("r2"))["make"] is NodeState.WAITING
    assert isinstance(await worker.claim(), ClaimDeclined)
    storage.error = None
    await stage.clock.advance(15)
    assert (await stage.run("r2")).counts == {"restored": 2}


async def test_an_answer_of_storage_that_was_lost_is_asked_for_again(stage: Stage, worker: Player, storage: Storage):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    storage.is_silent = True
    await stage.submit(a_pipeline(), "r2")
    storage.is_silent = False
    await stage.clock.advance(30)
    assert (await stage.run("r2")).counts == {"restored": 2}


async def test_force_executes_and_replaces_the_entry(stage: Stage, worker: Player, storage: Storage):
    await stage.submit(a_pipeline())
    await run_pipeline(worker)
    await stage.submit(a_pipeline(), "r2", force=True)
    await run_pipeline(worker, made=b"made", used=b"used otherwise")
    await stage.submit(a_pipeline(), "r3")
    assert (await stage.nodes("r3"))["use"].restored_from == {"run": "r2", "node": "use", "attempt": "r2/use/1"}


async def test_a_node_that_is_not_cacheable_executes_every_time(stage: Stage, worker: Player):
    for run in ("r1", "r2"):
        await stage.submit(chain(1), run)
        await worker.finish(await worker.work())
        assert (await stage.run(run)).counts == {"succeeded": 1}


async def test_results_of_failed_attempts_never_enter_the_cache(stage: Stage, worker: Player):
    await stage.submit(chain(1, cacheable=True))
    await worker.fail(await worker.work())
    await stage.submit(chain(1, cacheable=True), "r2")
    assert isinstance(await worker.claim(), NodeGranted)


async def test_the_cache_is_not_shared_between_teams(stage: Stage, worker: Player):
    await stage.submit(chain(1, cacheable=True))
    await worker.finish(await worker.work())
    documents = await stage.backends.documents.find("cache", {})
    assert [entry["_id"].partition("/")[0] for entry in documents] == ["default"]


def a_file(digest: str) -> Graph:
    data = Operation(
        name="data",
        kind="file",
        outputs=(Output(name="file"),),
        artifact=ArtifactRef(digest=digest, size=3),
    )
    use = Operation(name="use", kind="command", cmd="use", inputs=(Input(name="data"),))
    nodes = (
        Node(id="data", operation="data"),
        Node(id="use", operation="use", inputs={"data": (OutputRef(node="data", output="file"),)}),
    )
    return Graph(nodes=nodes, operations={"data": data, "use": use})


async def test_a_file_node_is_restored_and_its_artifact_handed_on(stage: Stage, worker: Player, storage: Storage):
    digest = "a" * 64
    await stage.submit(a_file(digest))
    granted = await worker.work()
    assert granted.grant.inputs["data"][0].digest == digest
    assert (await stage.states())["data"] is NodeState.RESTORED


async def test_a_file_whose_artifact_is_gone_fails_and_says_so(stage: Stage, worker: Player, storage: Storage):
    digest = "a" * 64
    storage.absent = {digest}
    await stage.submit(a_file(digest))
    nodes = await stage.nodes()
    assert nodes["data"].failure is not None
    assert nodes["data"].failure.kind.value == "input_missing"
    assert nodes["use"].state is NodeState.SKIPPED
    assert (await stage.run()).state is RunState.FAILED


async def test_equal_keys_give_one_entry(stage: Stage, worker: Player):
    await stage.submit(graph([Node(id=id, operation="op") for id in ("a", "b")], cacheable=True))
    first, second = await worker.work(), await worker.work()
    await worker.finish(first)
    await worker.finish(second)
    assert (await stage.run()).counts == {"succeeded": 2}
    assert await stage.backends.documents.count("cache", {}) == 1


async def test_a_run_of_nothing_but_files_ends(stage: Stage, storage: Storage):
    file = Operation(name="file", kind="file", artifact=ArtifactRef(digest="0" * 64, size=3))
    await stage.submit(Graph(nodes=(Node(id="data", operation="file"),), operations={"file": file}))
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_more_entries_are_replaced_than_fit_into_one_bulk(
    stage: Stage, worker: Player, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(round, "BULK_LIMIT", 3)
    wide = graph([Node(id=f"n{n}", operation="op", parameters={"n": n}) for n in range(8)], cacheable=True)
    for run in ("r1", "r2"):
        await stage.submit(wide, run, force=True)
        for _ in range(8):
            await worker.finish(await worker.work())
        assert (await stage.run(run)).state is RunState.SUCCEEDED
    entries = await stage.backends.documents.find("cache", {})
    assert {entry["run"] for entry in entries} == {"r2"}


class CountingDocuments(MemoryDocuments):
    bulks = 0

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self.bulks += 1
        return await super().write(batch)


async def test_equal_nodes_of_a_forced_run_replace_their_entry_at_once():
    stage, documents = empty_stage(), CountingDocuments()
    stage.backends = replace(stage.backends, documents=documents)
    async with instance(stage, lease="exclusive"):
        worker = Player(stage, slots=30)
        await worker.appear()
        equal = graph([Node(id=f"n{n}", operation="op") for n in range(30)], cacheable=True)
        for run in ("r1", "r2"):
            await stage.submit(equal, run, force=True)
            granted = [await worker.work() for _ in range(30)]
            before = documents.bulks
            await worker.finish_all(granted)
            assert (await stage.run(run)).counts == {"succeeded": 30}
            assert documents.bulks - before < 8
    (entry,) = await documents.find("cache", {})
    assert entry["run"] == "r2"
