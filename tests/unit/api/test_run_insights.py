"""What a run says about itself: why each node is where it is, when things happened, how it differs from another run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from plynx_common.domain.node_run import NodeState
from plynx_common.domain.tokens import PoolToken
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import CompareAndSet, Insert
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.workers import Capacity, PoolLoad, PoolsLoaded, WorkerSeen
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.api.parts import SIGNER, Answer, Stage, graph, node, problem
from tests.unit.api.past_runs import POOL, SECOND, artifact, chain, done, failed, put, restored, skipped, submitted
from tests.unit.api.past_runs import waiting as a_node

RUNS = "/api/v1/runs"


async def explained(client: httpx.AsyncClient, run: str, id: str) -> Answer:
    answer = await client.get(f"{RUNS}/{run}/nodes/{id}/explain")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def hear(stage: Stage, message: Message, key: str) -> None:
    await stage.backends.bus.publish([Outgoing(message, routes.FACTS, key)])
    await run_until_idle()


async def a_worker(stage: Stage, free: int = 0, **capacity: Any) -> None:
    token = PoolToken("default", "w1", (POOL,)).sign(SIGNER, expires_at=stage.clock.now().timestamp() + 600)
    seen = WorkerSeen(
        worker="w1",
        incarnation="1",
        token=token,
        pools=(POOL,),
        slots=2,
        free=free,
        capacity=Capacity(slots=2, **capacity),
        queue="q",
    )
    await hear(stage, seen, routes.WORKER_SEEN_KEY)


async def started(stage: Stage, run: str) -> None:
    at = timestamp(stage.clock.now())
    await stage.backends.documents.write([CompareAndSet("runs", run, {}, {"started_at": at})])


async def test_what_waits_says_for_what(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a", "b"))
    told = await explained(client, run, "a")
    assert (told["state"], told["code"], told["waiting_for"]) == ("waiting", "not_planned", [])
    told = await explained(client, run, "b")
    assert (told["code"], told["waiting_for"]) == ("waiting_for", ["a"])
    assert told["message"] == "'b' waits for 'a' (waiting)"
    await put(stage, run, done("a", stage.clock.now()), a_node("b"))
    await started(stage, run)
    assert (await explained(client, run, "b"))["code"] == "cache_lookup"
    mark = {"error": "ValueError('x')", "since": timestamp(stage.clock.now())}
    await stage.backends.documents.write([CompareAndSet("runs", run, {}, {"stuck": mark})])
    assert (await explained(client, run, "b"))["code"] == "stuck"


async def test_of_many_producers_the_first_are_named(stage: Stage) -> None:
    client = await stage.client()
    many = [f"n{n}" for n in range(8)]
    run = await submitted(client, graph(*(node(id) for id in many), node("last", after=many)))
    told = await explained(client, run, "last")
    assert told["message"].endswith("'n4' (waiting) and 3 more")
    assert told["waiting_for"] == many


async def test_what_is_ready_says_what_it_lacks(stage: Stage) -> None:
    client = await stage.client()
    document = graph(node("a"))
    document["operations"]["op"]["resources"] = {"cpu": 4, "tags": ["ssd"]}
    run = await submitted(client, document)
    await put(stage, run, a_node("a", state=NodeState.READY, queued_at=stage.clock.now()))
    told = await explained(client, run, "a")
    assert told["code"] == "no_worker"
    assert f"PLYNX_WORKER_POOLS={POOL}" in told["message"]
    await a_worker(stage, cpu=2.0)
    told = await explained(client, run, "a")
    assert told["code"] == "no_worker_large_enough"
    assert "4 cores and tag 'ssd'" in told["message"]
    await a_worker(stage, cpu=8.0, tags=("ssd",))
    await hear(
        stage, PoolsLoaded(instance="s", pools=(PoolLoad(pool=POOL, ready=4, running=2),)), routes.POOLS_LOADED_KEY
    )
    told = await explained(client, run, "a")
    assert told["code"] == "queued"
    assert "with 3 others" in told["message"]
    assert "2 slots are all taken" in told["message"]
    await a_worker(stage, free=1, cpu=8.0, tags=("ssd",))
    assert "about to take it" in (await explained(client, run, "a"))["message"]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"state": NodeState.BACKOFF, "attempt": 1, "reason": "exit code 3"}, "backing_off", "exit code 3"),
        ({"state": NodeState.RUNNING, "attempt": 2, "worker": "w7"}, "running", "attempt 2 runs on worker 'w7'"),
        ({"state": NodeState.CANCELLING, "reason": "cancelled on request"}, "cancelling", "is being cancelled"),
        ({"state": NodeState.CANCELLED, "reason": "cancelled on request"}, "cancelled", "on request"),
        ({"state": NodeState.SKIPPED, "reason": "'z' upstream failed"}, "skipped", "'z' upstream failed"),
        (
            {"state": NodeState.RESTORED, "restored_from": {"run": "r9", "node": "n", "attempt": "r9/n/1"}},
            "restored",
            "node 'n' of run 'r9'",
        ),
        (
            {"state": NodeState.RESTORED, "restored_from": {"run": "r8", "node": "n", "from_run": "r9"}},
            "reused",
            "was taken from run 'r9'",
        ),
        ({"state": NodeState.RESTORED, "restored_from": {"file": "default/iris@1"}}, "file", "default/iris@1"),
    ],
)
async def test_every_state_has_words(stage: Stage, fields: dict[str, Any], code: str, words: str) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    await put(stage, run, a_node("a", started_at=stage.clock.now(), **fields))
    told = await explained(client, run, "a")
    assert told["code"] == code
    assert words in told["message"]


async def test_a_failure_is_told_with_its_details(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    await put(stage, run, failed("a", stage.clock.now()))
    told = await explained(client, run, "a")
    assert told["message"].startswith("'a' failed: exit code 3; executed because")
    assert told["failure"]["exit_code"] == 3


def deep(depth: int, cmd: str = "true", **fields: Any) -> Answer:
    """`train` with a depth reads what `make` has written."""
    parameters = [{"name": "depth", "type": "int"}]
    operation = {"name": "train", "kind": "command", "cmd": cmd, "parameters": parameters, "outputs": [{"name": "out"}]}
    operation["inputs"] = [{"name": "in"}]
    place = {
        "operation": "train",
        "parameters": {"depth": depth},
        "inputs": {"in": [{"node": "make", "output": "out"}]},
    }
    document = graph(node("make"), node("train", **place, **fields))
    document["operations"]["train"] = operation
    return document


async def stored_entry(stage: Stage, client: httpx.AsyncClient, run: str, letter: str = "a") -> str:
    """What the scheduler stores of `train`; returns its key."""
    now = stage.clock.now()
    await put(stage, run, done("make", now, letter=letter), done("train", now, letter="b"))
    key, components = await _key(stage, run)
    entry = {
        "_id": f"default/{key}",
        "team": "default",
        "key": key,
        "operation": "train",
        "name": "train",
        "outputs": {"out": artifact("b")},
        "run": run,
        "node": "train",
        "attempt": f"{run}/train/1",
        "components": components,
        "created_at": timestamp(now),
    }
    await stage.backends.documents.write([Insert("cache", entry)])
    return key


async def _key(stage: Stage, run: str) -> tuple[str, dict[str, str]]:
    """As the scheduler makes it."""
    from plynx_scheduler.open_run import opened  # noqa: PLC0415
    from plynx_scheduler.plan import make_plan  # noqa: PLC0415
    from plynx_scheduler.restoring import components_of  # noqa: PLC0415

    found = await stage.context.runs.get("default", run)
    open_run = opened(found, make_plan(found), await stage.context.node_runs.of_run(run), 0.0)
    return components_of(open_run, open_run.plan.nodes["train"])


@pytest.mark.parametrize(
    ("second", "letter", "components"),
    [
        (deep(5), "a", ["parameter:depth"]),
        (deep(3, "false"), "a", ["code"]),
        (deep(3), "c", ["input:in"]),
        (deep(4, "false"), "c", ["code", "parameter:depth", "input:in"]),
    ],
)
async def test_a_miss_names_the_component_that_changed(
    stage: Stage, second: Answer, letter: str, components: list[str]
) -> None:
    client = await stage.client()
    first = await submitted(client, deep(3))
    await stored_entry(stage, client, first)
    await stage.clock.advance(60)
    now = stage.clock.now()
    run = await submitted(client, second)
    await put(stage, run, done("make", now, letter=letter), done("train", now, letter="d"))
    told = await explained(client, run, "train")
    cache = told["cache"]
    assert (told["code"], cache["verdict"]) == ("executed", "miss")
    assert [each["component"] for each in cache["differences"]] == components
    assert cache["nearest"] == {"run": first, "node": "train", "attempt": f"{first}/train/1"}
    assert cache["differences"][0]["message"] in told["message"]
    answer = (await client.get(f"{RUNS}/{run}/compare", params={"with": first})).json()
    (compared,) = (each for each in answer["nodes"] if each["node"] == "train")
    assert [each["component"] for each in compared["executed_because"]] == components


async def test_why_the_cache_was_not_asked_is_said(stage: Stage) -> None:
    client = await stage.client()
    now = stage.clock.now()
    for document, options, verdict in (
        (deep(3, cacheable=False), {}, "off"),
        (deep(3), {"force": True}, "forced"),
        (deep(3), {"force": ["train"]}, "forced"),
        (deep(3), {}, "miss"),
    ):
        run = await submitted(client, document, **options)
        await put(stage, run, done("make", now), done("train", now))
        assert (await explained(client, run, "train"))["cache"]["verdict"] == verdict


async def test_a_hit_is_one_and_what_has_not_been_asked_is_not_known(stage: Stage) -> None:
    client = await stage.client()
    first = await submitted(client, deep(3))
    key = await stored_entry(stage, client, first)
    run = await submitted(client, deep(3))
    hit = replace(restored("train", stage.clock.now(), "b", run=first, node="train", attempt="x"), cache_key=key)
    await put(stage, run, done("make", stage.clock.now()), hit)
    assert (await explained(client, run, "train"))["cache"] == {
        "verdict": "hit",
        "message": "an entry with this very key was there, and its artifacts existed",
        "key": key,
        "nearest": None,
        "differences": [],
    }
    other = await submitted(client, deep(3))
    assert (await explained(client, other, "train"))["cache"]["verdict"] == "unknown"


async def test_the_timeline_has_attempts_phases_and_the_critical_path(stage: Stage) -> None:
    client = await stage.client()
    begun = stage.clock.now()
    document = graph(node("a"), node("b"), node("c", after=["a", "b"]), node("d", after=["c"]))
    run = await submitted(client, document)
    c_began = begun + timedelta(seconds=6)
    running = a_node(
        "d",
        state=NodeState.RUNNING,
        attempt=1,
        worker="w1",
        queued_at=begun + timedelta(seconds=10),
        started_at=begun + timedelta(seconds=11),
    )
    await put(stage, run, done("a", begun), done("b", begun, 5.0), done("c", c_began, 3.0), running)
    await stage.clock.advance(20)
    shown = (await client.get(f"{RUNS}/{run}/timeline")).json()
    assert [each["node"] for each in shown["nodes"]] == ["a", "b", "c", "d"]
    assert shown["critical_path"] == [
        {"node": "b", "waited": 1.0, "worked": 5.0},
        {"node": "c", "waited": 1.0, "worked": 3.0},
        {"node": "d", "waited": 1.0, "worked": 9.0},
    ]
    b, d = shown["nodes"][1], shown["nodes"][3]
    assert b["attempts"][0]["phases"] == {"preparing": 0.1, "running": 5.0, "finishing": 0.2}
    assert (d["waits_for"], d["attempts"][0]["outcome"], d["attempts"][0]["ended_at"]) == (["c"], "running", None)


async def test_a_run_that_is_not_planned_has_an_empty_timeline(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    shown = (await client.get(f"{RUNS}/{run}/timeline")).json()
    assert (shown["nodes"], shown["critical_path"], shown["state"]) == ([], [], "pending")


async def test_restored_and_skipped_nodes_take_no_time(stage: Stage) -> None:
    client = await stage.client()
    run, now = await submitted(client, chain("a", "b", "c")), stage.clock.now()
    await put(stage, run, restored("a", now + SECOND, "a"), failed("b", now + SECOND), skipped("c", now + 4 * SECOND))
    path = (await client.get(f"{RUNS}/{run}/timeline")).json()["critical_path"]
    assert path == [{"node": "a", "waited": 1.0, "worked": 0.0}, {"node": "b", "waited": 1.0, "worked": 1.0}]


async def test_two_runs_are_compared_the_older_first_whichever_is_named(stage: Stage) -> None:
    client = await stage.client()
    parameters = [{"name": "depth", "type": "int", "default": 1}]
    old = await submitted(client, chain("a", "b", "gone", parameters=parameters))
    now = stage.clock.now()
    await put(stage, old, done("a", now), done("b", now, 2.0, letter="b"), skipped("gone", now))
    await stage.clock.advance(10)
    document = chain("a", "b", "new", parameters=parameters)
    document["operations"]["op"]["cmd"] = "false"
    new = await submitted(client, document, parameters={"depth": 2})
    now = stage.clock.now()
    await put(stage, new, done("a", now), done("b", now, 5.0, letter="c"), a_node("new"))
    found = (await client.get(f"{RUNS}/{new}/compare", params={"with": old})).json()
    assert found == (await client.get(f"{RUNS}/{old}/compare", params={"with": new})).json()
    assert (found["before"]["id"], found["after"]["id"]) == (old, new)
    assert found["parameters"] == [{"name": "depth", "before": 1, "after": 2}]
    assert {(each["subject"], each["name"], each["change"]) for each in found["graph"]} >= {
        ("node", "gone", "removed"),
        ("node", "new", "added"),
        ("operation", "op", "changed"),
    }
    by_id = {each["node"]: each for each in found["nodes"]}
    assert list(by_id) == ["a", "b", "new", "gone"]
    assert (by_id["a"]["same_outputs"], by_id["a"]["message"]) == (True, "the code changed")
    assert (by_id["b"]["before"]["seconds"], by_id["b"]["after"]["seconds"]) == (2.0, 5.0)
    assert (by_id["b"]["same_outputs"], by_id["b"]["same_state"]) == (False, True)
    assert by_id["b"]["after"]["outputs"] == {"out": "c" * 64}
    assert (by_id["gone"]["after"], by_id["new"]["before"]) == (None, None)


@pytest.mark.parametrize(
    ("before", "options", "words"),
    [
        (done, {"force": True}, "ignores the cache"),
        (done, {}, "was not in the cache"),
        (failed, {}, "it left no result"),
    ],
)
async def test_what_was_executed_though_nothing_differs_is_explained(
    stage: Stage, before: Any, options: dict[str, Any], words: str
) -> None:
    client = await stage.client()
    old = await submitted(client, chain("a"))
    await put(stage, old, before("a", stage.clock.now()))
    await stage.clock.advance(1)
    new = await submitted(client, chain("a"), **options)
    await put(stage, new, done("a", stage.clock.now()))
    (only,) = (await client.get(f"{RUNS}/{old}/compare", params={"with": new})).json()["nodes"]
    assert only["executed_because"] == []
    assert words in only["message"]


async def test_attempts_and_outputs_are_listed(stage: Stage) -> None:
    client = await stage.client()
    run, now = await submitted(client, chain("a", "b")), stage.clock.now()
    lost = a_node("b", state=NodeState.READY, attempt=1, worker="w1", queued_at=now, started_at=now)
    await put(stage, run, done("a", now), lost)
    live = {"_id": f"default/{'a' * 64}", "team": "default", "digest": "a" * 64, "size": 3, "type": "file"}
    live |= {"state": "live", "created_at": timestamp(now), "created_by": "x"}
    await stage.backends.documents.write([Insert("artifacts", live)])
    (attempt,) = (await client.get(f"{RUNS}/{run}/nodes/a/attempts")).json()["items"]
    assert (attempt["attempt"], attempt["worker"], attempt["outcome"]) == (1, "w1", "succeeded")
    (open_one,) = (await client.get(f"{RUNS}/{run}/nodes/b/attempts")).json()["items"]
    assert (open_one["outcome"], open_one["ended_at"]) == ("lost", None)
    (output,) = (await client.get(f"{RUNS}/{run}/nodes/a/outputs")).json()["items"]
    assert output == {
        "name": "out",
        **artifact("a"),
        "available": True,
        "download": f"/api/v1/artifacts/{'a' * 64}/download",
    }
    assert (await client.get(f"{RUNS}/{run}/nodes/b/outputs")).json() == {"items": [], "next": None}


async def test_another_teams_run_does_not_exist(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    await put(stage, run, done("a", stage.clock.now()))
    stranger = await stage.client(team="others")
    theirs = await submitted(stranger, chain("a"))
    nodes = [f"{run}/nodes/a/{what}" for what in ("explain", "attempts", "outputs")]
    for path in (f"{run}/timeline", f"{run}/compare?with={theirs}", f"{theirs}/compare?with={run}", *nodes):
        problem(await stranger.get(f"{RUNS}/{path}"), 404, "not_found")


async def test_bad_questions_are_refused(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    assert "with" in str(problem(await client.get(f"{RUNS}/{run}/compare"), 422)["errors"])
    problem(await client.get(f"{RUNS}/{run}/compare", params={"with": "r"}), 404, "not_found")
    for path in ("nodes/b/explain", "nodes/b/attempts", "nodes/b/outputs"):
        problem(await client.get(f"{RUNS}/{run}/{path}"), 404, "not_found")
    problem(await client.get(f"{RUNS}/gone/timeline"), 404, "not_found")
