"""A run once more, and a draft made of it: new things, the old run stays as it was."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plynx_common.domain.access import Role
from tests.unit.api.parts import Stage, graph, node, pointers, problem
from tests.unit.api.past_runs import chain, done, failed, put, skipped, submitted, waiting

RUNS = "/api/v1/runs"


async def a_failed_run(stage: Stage, client: httpx.AsyncClient, **options: Any) -> str:
    """`a` has succeeded, `b` has failed, `c` was skipped."""
    run = await submitted(client, chain("a", "b", "c", title="Nightly"), labels={"team": "red"}, priority=3, **options)
    now = stage.clock.now()
    await put(stage, run, done("a", now), failed("b", now), skipped("c", now))
    return run


async def test_what_has_not_succeeded_is_run_again_in_a_new_run(stage: Stage) -> None:
    client = await stage.client(Role.RUNNER)
    run = await a_failed_run(stage, client)
    before = (await client.get(f"{RUNS}/{run}")).json()
    answer = await client.post(f"{RUNS}/{run}/rerun")
    assert answer.status_code == 201, answer.text
    again = answer.json()
    assert answer.headers["location"] == f"{RUNS}/{again['id']}"
    assert (again["from_run"], again["from_node"], again["force"]) == (run, ["b"], False)
    kept = ("title", "labels", "priority", "parameters", "failure_policy")
    assert {name: again[name] for name in kept} == {name: before[name] for name in kept}
    assert (await client.get(f"{RUNS}/{again['id']}/graph")).json() == (await client.get(f"{RUNS}/{run}/graph")).json()
    assert (await client.get(f"{RUNS}/{run}")).json() == before


async def test_from_a_node_on_it_is_executed_whatever_the_cache_holds(stage: Stage) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    body: dict[str, Any] = {"from_node": ["a"], "priority": 9, "labels": {}, "failure_policy": "fail_fast"}
    again = (await client.post(f"{RUNS}/{run}/rerun", json=body)).json()
    assert (again["from_node"], again["force"], again["priority"]) == (["a"], ["a"], 9)
    assert (again["labels"], again["failure_policy"]) == ({}, "fail_fast")
    kind = (await client.post(f"{RUNS}/{run}/nodes/a/rerun", json={"force": False})).json()
    assert (kind["from_node"], kind["force"]) == (["a"], False)


async def test_one_idempotency_key_is_one_rerun(stage: Stage) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    key = {"Idempotency-Key": "again"}
    first = await client.post(f"{RUNS}/{run}/rerun", headers=key)
    repeated = await client.post(f"{RUNS}/{run}/rerun", json={"idempotency_key": "again"})
    assert repeated.json() == first.json()
    assert repeated.headers["idempotent-replayed"] == "true"
    for path, body in (
        (f"{run}/rerun", {"priority": 1}),
        (f"{first.json()['id']}/rerun", {}),
        (f"{run}/nodes/a/rerun", {}),
    ):
        problem(await client.post(f"{RUNS}/{path}", json=body, headers=key), 409, "conflict")
    problem(await client.post(RUNS, json={"graph": chain("a")}, headers=key), 409, "conflict")
    other = await client.post(f"{RUNS}/{run}/rerun", json={"idempotency_key": "x"}, headers=key)
    problem(other, 422, "invalid_input")


async def test_one_idempotency_key_is_one_rerun_of_a_node(stage: Stage) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    key = {"Idempotency-Key": "node"}
    first = await client.post(f"{RUNS}/{run}/nodes/a/rerun", headers=key)
    assert (await client.post(f"{RUNS}/{run}/nodes/a/rerun", headers=key)).json() == first.json()
    problem(await client.post(f"{RUNS}/{run}/nodes/b/rerun", headers=key), 409, "conflict")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"from_node": "bb"}, ("/from_node", "unknown_node")),
        ({"from_node": ["b"], "force": ["zzz"]}, ("/force", "unknown_node")),
        ({"from_node": ["b"], "force": ["a"]}, ("/force", "invalid_value")),
        ({"priority": 100_000}, ("/priority", "invalid_value")),
        ({"failure_policy": "never"}, ("/failure_policy", "invalid_value")),
        ({"from_nodes": ["b"]}, ("/from_nodes", "unknown_field")),
    ],
)
async def test_a_bad_rerun_is_refused_with_the_place(
    stage: Stage, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    found = problem(await client.post(f"{RUNS}/{run}/rerun", json=body), 422)
    assert expected in pointers(found)
    assert await stage.backends.documents.count("runs", {}) == 1


async def test_a_node_that_does_not_exist_is_named_with_a_hint(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("train", "test"))
    problem(await client.post(f"{RUNS}/{run}/nodes/trian/rerun"), 404, "not_found")
    found = problem(await client.post(f"{RUNS}/{run}/rerun", json={"from_node": "trian"}), 422)
    assert "did you mean 'train'?" in found["detail"]


async def test_where_nothing_failed_the_node_must_be_named(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a"))
    await put(stage, run, waiting("a"))
    assert "wait for its end" in problem(await client.post(f"{RUNS}/{run}/rerun"), 409, "conflict")["detail"]
    ended = await submitted(client, chain("a"))
    await put(stage, ended, done("a", stage.clock.now()))
    found = problem(await client.post(f"{RUNS}/{ended}/rerun"), 422)
    assert pointers(found) == [("/from_node", "missing_field")]
    assert (await client.post(f"{RUNS}/{ended}/rerun", json={"from_node": "a"})).status_code == 201


async def test_another_teams_run_does_not_exist(stage: Stage) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    stranger = await stage.client(team="others")
    for path in ("rerun", "clone", "nodes/a/rerun"):
        problem(await stranger.post(f"{RUNS}/{run}/{path}"), 404, "not_found")
    body = {"graph": chain("a", "b"), "from_run": run, "from_node": "b"}
    problem(await stranger.post(RUNS, json=body), 404, "not_found")
    viewer = await stage.client(Role.VIEWER)
    problem(await viewer.post(f"{RUNS}/{run}/rerun"), 403, "forbidden")
    problem(await (await stage.client(Role.RUNNER)).post(f"{RUNS}/{run}/clone"), 403, "forbidden")


async def test_a_submission_may_take_results_of_a_run(stage: Stage) -> None:
    client = await stage.client()
    run = await a_failed_run(stage, client)
    body = {"graph": chain("a", "b", "c"), "from_run": run, "from_node": "b"}
    shown = (await client.post(RUNS, json=body)).json()
    assert (shown["from_run"], shown["from_node"]) == (run, ["b"])
    found = problem(await client.post(RUNS, json={**body, "force": ["a"]}), 422)
    assert pointers(found) == [("/force", "invalid_value")]


async def test_a_run_is_cloned_to_a_draft_that_keeps_its_bindings_and_its_origin(stage: Stage) -> None:
    client = await stage.client()
    operation = {"name": "deep", "kind": "command", "cmd": "true", "parameters": [{"name": "depth", "type": "int"}]}
    made = await client.post("/api/v1/operations", json=operation)
    approved = await client.post(f"{made.headers['location']}/approve", headers={"If-Match": made.headers["etag"]})
    assert approved.status_code == 200, approved.text
    document = graph(
        node("a"),
        node("b", operation="default/deep@1", parameters={"depth": {"$param": "depth"}}),
        parameters=[{"name": "depth", "type": "int", "default": 3}],
        title="Deep",
    )
    run = await submitted(client, document, parameters={"depth": 7})
    answer = await client.post(f"{RUNS}/{run}/clone")
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    assert (draft["origin"], draft["revision"], draft["title"]) == (f"run/{run}", 1, "Deep")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/v1/graphs/{draft['id']}"
    assert draft["graph"]["nodes"][1]["parameters"] == {"depth": {"$param": "depth"}}
    assert draft["graph"]["parameters"][0]["default"] == 7
    assert list(draft["graph"]["operations"]) == ["op"]
    again = await submitted(client, draft["graph"])
    assert (await client.get(f"{RUNS}/{again}")).json()["parameters"] == {"depth": 7}
