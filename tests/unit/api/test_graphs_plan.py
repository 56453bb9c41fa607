"""What a run would do, told before it is started: by the same keys that the scheduler makes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import httpx

from plynx_api.keys import Keys
from plynx_common.domain.access import Role
from plynx_common.domain.graph import Graph
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.snapshot import make_snapshot
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.documents import CompareAndSet, Insert
from plynx_common.repositories.node_runs import insertion
from plynx_common.testing.fake_clock import START
from tests.unit.api.parts import Answer, Stage, graph, node, pointers, problem

V1 = "/api/v1"
CHAIN = graph(
    node("a"),
    node("b", inputs={"in": [{"node": "a", "output": "out"}]}),
    node("c", inputs={"in": [{"node": "b", "output": "out"}]}),
)


class History:
    """What earlier runs left behind."""

    def __init__(self, stage: Stage, document: Answer, run: str = "r1", team: str = "default") -> None:
        self.stage, self.run, self.team = stage, run, team
        self.graph = make_snapshot(Graph.model_validate(document), {})
        self.nodes: dict[str, NodeRun] = {}

    async def ran(self, name: str, seconds: float = 2.0, *, cached: bool = True, content: str = "") -> str:
        """The digest of its output."""
        digest = hashlib.sha256(f"{name}{content}".encode()).hexdigest()
        outputs = {"out": {"digest": digest, "size": 1, "type": "file"}}
        done = NodeRun(
            run=self.run, node=name, team=self.team, pool=f"{self.team}/default", state=NodeState.SUCCEEDED, attempt=1,
            result={"outputs": outputs}, started_at=START, finished_at=START + timedelta(seconds=seconds),
        )  # fmt: skip
        self.nodes[name] = done
        place = next(each for each in self.graph.nodes if each.id == name)
        key = Keys(self.graph).of(place, self.nodes, None)
        assert key is not None
        artifact: dict[str, Any] = {
            "_id": f"{self.team}/{digest}", "team": self.team, "digest": digest, "size": 1, "type": "file",
            "state": "live", "created_at": timestamp(START), "created_by": f"{self.run}/{name}/1",
        }  # fmt: skip
        entry: dict[str, Any] = {
            "_id": f"{self.team}/{key.text}", "team": self.team, "key": key.text, "operation": "op", "name": "op",
            "outputs": outputs, "run": self.run, "node": name, "attempt": f"{self.run}/{name}/1",
            "components": key.components, "created_at": timestamp(START),
        }  # fmt: skip
        writes = [insertion(done, "op-1"), Insert("artifacts", artifact)]
        await self.stage.backends.documents.write([*writes, *([Insert("cache", entry)] if cached else [])])
        return digest


async def outcomes(client: httpx.AsyncClient, **body: Any) -> dict[str, str]:
    answer = await client.post(f"{V1}/graphs/plan", json=body)
    assert answer.status_code == 200, answer.text
    return {each["node"]: each["outcome"] for each in answer.json()["nodes"]}


async def test_what_the_cache_has_is_restored_and_the_rest_is_executed_in_its_time(stage: Stage) -> None:
    client, history = await stage.client(Role.VIEWER), History(stage, CHAIN)
    empty = (await client.post(f"{V1}/graphs/plan", json={"graph": CHAIN})).json()
    assert ([each["outcome"] for each in empty["nodes"]], empty["seconds"]) == (
        ["executed", "depends", "depends"],
        None,
    )
    await history.ran("a", 2.0)
    await history.ran("b", 4.0)
    plan = (await client.post(f"{V1}/graphs/plan", json={"graph": CHAIN})).json()
    assert plan["counts"] == {"restored": 2, "executed": 1}
    restored, _, executed = plan["nodes"]
    assert (restored["pool"], restored["seconds"]) == (None, None)
    assert (executed["pool"], executed["seconds"], plan["seconds"]) == ("default/default", 3.0, 3.0)
    assert "inputs" in executed["reason"]
    assert await stage.backends.documents.count("runs", {}) == 0


async def test_force_targets_and_what_is_not_cacheable_count(stage: Stage) -> None:
    client, history = await stage.client(), History(stage, CHAIN)
    for name in ("a", "b", "c"):
        await history.ran(name)
    assert await outcomes(client, graph=CHAIN) == dict.fromkeys("abc", "restored")
    assert await outcomes(client, graph=CHAIN, force=True) == dict.fromkeys("abc", "executed")
    assert await outcomes(client, graph=CHAIN, force=["b"]) == {"a": "restored", "b": "executed", "c": "depends"}
    assert await outcomes(client, graph=CHAIN, targets=["b"]) == {"a": "restored", "b": "restored"}
    last = {**CHAIN, "nodes": [*CHAIN["nodes"][:2], {**CHAIN["nodes"][2], "cacheable": False}]}
    assert await outcomes(client, graph=last) == {"a": "restored", "b": "restored", "c": "executed"}


async def test_a_hit_whose_artifacts_are_gone_or_that_is_void_or_anothers_is_none(stage: Stage) -> None:
    client, history = await stage.client(), History(stage, CHAIN)
    theirs = History(stage, CHAIN, run="r2", team="others")
    await theirs.ran("a")
    assert (await outcomes(client, graph=CHAIN))["a"] == "executed"
    digest = await history.ran("a")
    documents = stage.backends.documents
    await documents.write([CompareAndSet("artifacts", f"default/{digest}", {}, {"state": "deleting"})])
    plan = (await client.post(f"{V1}/graphs/plan", json={"graph": CHAIN})).json()
    assert (plan["nodes"][0]["outcome"], "gone" in plan["nodes"][0]["reason"]) == ("executed", True)
    await documents.write([CompareAndSet("artifacts", f"default/{digest}", {}, {"state": "live"})])
    assert (await outcomes(client, graph=CHAIN))["a"] == "restored"
    (entry,) = await documents.find("cache", {"team": "default"})
    await documents.write([CompareAndSet("cache", entry["_id"], {}, {"invalid": "by hand"})])
    assert (await outcomes(client, graph=CHAIN))["a"] == "executed"


async def test_results_of_another_run_are_reused_outside_of_the_cone(stage: Stage) -> None:
    client, history = await stage.client(), History(stage, CHAIN)
    run = (await client.post(f"{V1}/runs", json={"graph": CHAIN})).json()["id"]
    history.run = run
    await history.ran("a", cached=False)
    await history.ran("b", cached=False)
    found = await outcomes(client, graph=CHAIN, from_run=run, from_node="c")
    assert found == {"a": "reused", "b": "reused", "c": "executed"}
    assert await outcomes(client, graph=CHAIN, from_run=run, from_node="b") == {
        "a": "reused", "b": "executed", "c": "depends",
    }  # fmt: skip


async def test_files_are_there_and_python_keys_have_the_interpreter(stage: Stage) -> None:
    document = {
        "nodes": [node("f", operation="f"), node("p", operation="p", inputs={"in": [{"node": "f", "output": "file"}]})],
        "operations": {
            "f": {
                "name": "f", "kind": "file", "outputs": [{"name": "file", "type": "csv"}],
                "artifact": {"digest": "0" * 64, "size": 3, "type": "csv"},
            },
            "p": {
                "name": "p", "kind": "python", "cmd": "pass", "inputs": [{"name": "in"}], "outputs": [{"name": "out"}],
            },
        },
    }  # fmt: skip
    client, history = await stage.client(), History(stage, document)
    file = {"file": {"digest": "0" * 64, "size": 3, "type": "csv"}}
    history.nodes["f"] = NodeRun(run="r1", node="f", team="default", pool="", result={"outputs": file})
    await history.ran("p")
    assert await outcomes(client, graph=document) == {"f": "stored", "p": "restored"}


async def test_what_no_run_would_take_has_no_plan(stage: Stage) -> None:
    client = await stage.client()
    cycle = graph(node("a", after=["b"]), node("b", after=["a"]))
    assert ("/graph/nodes/0", "cycle") in pointers(
        problem(await client.post(f"{V1}/graphs/plan", json={"graph": cycle}), 422, "invalid_graph")
    )
    problem(await client.post(f"{V1}/graphs/plan", json={}), 422)
    problem(await client.post(f"{V1}/graphs/plan", json={"graph_id": "graph-none"}), 404)
    problem(await client.post(f"{V1}/graphs/plan", json={"graph": CHAIN, "targets": ["x"]}), 422)
    problem(await client.post(f"{V1}/graphs/plan", json={"graph": CHAIN, "unknown": 1}), 422)
