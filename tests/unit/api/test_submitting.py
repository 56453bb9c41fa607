"""Runs: what is stored, what is refused, and what a second submission does."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.domain.access import Role
from plynx_common.domain.run import RunState
from plynx_common.interfaces.bus import Delivery, Queue
from plynx_common.interfaces.documents import Delete
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.runs import RunLook
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.api.parts import Stage, graph, node, pointers, problem

RUNS = "/api/v1/runs"


async def looks(stage: Stage) -> list[Message]:
    """What a scheduler hears."""
    heard: list[Message] = []

    def take(delivery: Delivery) -> None:
        heard.append(delivery.message)

    await stage.backends.bus.declare(Queue("ears", exclusive=True))
    await stage.backends.bus.bind("ears", routes.CALLS, routes.calls_key(0))
    await stage.backends.bus.consume("ears", take, prefetch=0)
    return heard


async def test_an_inline_graph_is_stored_as_a_pending_run_and_the_scheduler_is_rung(stage: Stage) -> None:
    heard = await looks(stage)
    client = await stage.client(Role.RUNNER)
    body = graph(node("a"), title="Two steps", parameters=[{"name": "depth", "type": "int", "default": 3}])
    answer = await client.post(RUNS, json={"graph": body, "parameters": {"depth": 5}, "labels": {"why": "test"}})
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["state"], shown["title"], shown["team"]) == ("pending", "Two steps", "default")
    assert (shown["author"], shown["parameters"]) == ("runner-of-default", {"depth": 5})
    assert answer.headers["location"] == f"{RUNS}/{shown['id']}"
    stored = await stage.context.runs.get("default", shown["id"])
    assert stored.state is RunState.PENDING
    assert stored.graph["nodes"][0]["id"] == "a"
    await run_until_idle()
    assert heard == [RunLook(run=shown["id"], partition=0)]
    assert (await client.get(f"{RUNS}/{shown['id']}")).json() == shown
    assert (await client.get(f"{RUNS}/{shown['id']}/graph")).json() == stored.graph


async def test_a_bus_that_does_not_answer_does_not_fail_a_submission(stage: Stage) -> None:
    client = await stage.client()
    await stage.backends.bus.close()
    answer = await client.post(RUNS, json={"graph": graph(node("a"))})
    assert answer.status_code == 201
    assert (await stage.context.runs.get("default", answer.json()["id"])).id


async def test_a_store_without_a_scheduler_is_said_to_be_one_and_worth_another_try(stage: Stage) -> None:
    await stage.backends.documents.write([Delete("platform", "partitions")])
    answer = await (await stage.client()).post(RUNS, json={"graph": graph(node("a"))})
    assert "no scheduler" in problem(answer, 503, "store_unavailable")["detail"]
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("where", ["header", "body"])
async def test_one_idempotency_key_is_one_run(stage: Stage, where: str) -> None:
    client = await stage.client()
    headers = {"Idempotency-Key": "nightly"} if where == "header" else {}
    body: dict[str, Any] = {"graph": graph(node("a"))}
    if where == "body":
        body["idempotency_key"] = "nightly"
    first = await client.post(RUNS, json=body, headers=headers)
    # The same request, written in another order.
    again = await client.post(RUNS, json=dict(reversed(body.items())), headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post(RUNS, json={**body, "priority": 7}, headers=headers)
    assert "'nightly'" in problem(other, 409, "conflict")["detail"]
    elsewhere = await (await stage.client(team="others")).post(RUNS, json=body, headers=headers)
    assert elsewhere.json()["id"] != first.json()["id"]


async def test_a_replayed_submission_does_not_look_at_a_graph_that_has_changed_since(stage: Stage) -> None:
    client = await stage.client()
    saved = await client.post("/api/v1/graphs", json=graph(node("a")))
    body = {"graph_id": saved.json()["id"]}
    first = await client.post(RUNS, json=body, headers={"Idempotency-Key": "k"})
    assert first.status_code == 201
    etag = saved.headers["etag"]
    deleted = await client.delete(f"/api/v1/graphs/{body['graph_id']}", headers={"If-Match": etag})
    assert deleted.status_code == 204
    assert (await client.post(RUNS, json=body, headers={"Idempotency-Key": "k"})).json() == first.json()


async def test_two_different_keys_in_one_request_are_refused(stage: Stage) -> None:
    client = await stage.client()
    body = {"graph": graph(node("a")), "idempotency_key": "one"}
    problem(await client.post(RUNS, json=body, headers={"Idempotency-Key": "two"}), 422, "invalid_input")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"graph": graph(node("a", after=["b"]), node("b", after=["a"]))}, ("/graph/nodes/0", "cycle")),
        (
            {"graph": graph(node("a", operation="default/gone@1"))},
            ("/graph/nodes/0/operation", "unknown_operation"),
        ),
        ({"graph": graph(node("a")), "parameters": {"deptt": 1}}, ("/parameters/deptt", "unknown_parameter")),
        ({"graph": graph(node("a")), "priority": "high"}, ("/priority", "invalid_type")),
        ({"graph": graph(node("a")), "prioritty": 1}, ("/prioritty", "unknown_field")),
        ({"graph": {"nodes": [{"id": "a"}]}}, ("/graph/nodes/0/operation", "missing_field")),
        ({"graph": []}, ("/graph", "invalid_type")),
        ({}, ("/graph", "missing_field")),
        ({"graph": graph(node("a")), "graph_id": "g"}, ("/graph", "missing_field")),
        ({"graph": graph(node("a")), "from_run": "r"}, ("/from_node", "invalid_value")),
        ({"graph": graph(node("a")), "from_run": "r", "from_node": "b"}, ("/from_node", "unknown_node")),
    ],
)
async def test_a_bad_submission_is_refused_with_the_place_and_a_remedy(
    stage: Stage, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = problem(await (await stage.client()).post(RUNS, json=body), 422)
    assert expected in pointers(found)
    assert all(issue["detail"] for issue in found["errors"])
    assert await stage.backends.documents.count("runs", {}) == 0


async def test_a_cycle_is_named_and_a_missing_input_too(stage: Stage) -> None:
    client = await stage.client()
    cyclic = graph(node("a", after=["b"]), node("b", after=["a"]))
    detail = problem(await client.post(RUNS, json={"graph": cyclic}), 422, "invalid_graph")["detail"]
    assert "'a'" in detail
    assert "'b'" in detail
    needy = graph(node("a"))
    needy["operations"]["op"]["inputs"] = [{"name": "table", "types": ["csv"]}]
    found = problem(await client.post(RUNS, json={"graph": needy}), 422, "invalid_graph")
    assert "'table'" in found["detail"]


async def test_a_run_is_cancelled_on_request_and_the_scheduler_is_rung(stage: Stage) -> None:
    client = await stage.client()
    id = (await client.post(RUNS, json={"graph": graph(node("a"))})).json()["id"]
    heard = await looks(stage)
    answer = await client.post(f"{RUNS}/{id}/cancel")
    assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
    await run_until_idle()
    assert heard == [RunLook(run=id, partition=0)]


async def test_runs_are_listed_in_pages_the_newest_first(stage: Stage) -> None:
    client = await stage.client()
    made: list[str] = []
    for _ in range(5):
        made.append((await client.post(RUNS, json={"graph": graph(node("a"))})).json()["id"])
        await stage.clock.advance(1)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get(RUNS, params=query)).json()
        seen += [run["id"] for run in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == made[::-1]
    assert (await client.get(RUNS, params={"state": "failed"})).json()["items"] == []
    assert len((await client.get(RUNS, params={"state": ["failed", "pending"]})).json()["items"]) == 5
    problem(await client.get(RUNS, params={"state": "lost"}), 422)
    assert "cursor" in problem(await client.get(RUNS, params={"cursor": "x"}), 422)["detail"]
