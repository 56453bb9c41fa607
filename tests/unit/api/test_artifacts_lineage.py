"""Where an artifact comes from and where it went, and who uses a version of an operation."""

from __future__ import annotations

from typing import Any

import httpx

from plynx_common.domain.values import timestamp
from plynx_common.interfaces.documents import Insert
from plynx_common.testing.fake_clock import START
from tests.unit.api.parts import Stage, graph, node, problem
from tests.unit.api.past_runs import artifact, chain, done, put, restored, skipped, submitted

V1 = "/api/v1"


async def entry(stage: Stage, letter: str, created_by: str, team: str = "default") -> str:
    digest = letter * 64
    document: dict[str, Any] = {
        "_id": f"{team}/{digest}", "team": team, "digest": digest, "size": 3, "type": "file", "state": "live",
        "touched_at": timestamp(START), "created_at": timestamp(START), "created_by": created_by,
    }  # fmt: skip
    await stage.backends.documents.write([Insert("artifacts", document)])
    return digest


async def lineage(client: httpx.AsyncClient, digest: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"{V1}/artifacts/{digest}/lineage", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_bytes_name_what_produced_them_from_what_and_what_used_them(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a", "b", "c"))
    await put(stage, run, done("a", START, letter="a"), done("b", START, letter="b"), skipped("c", START))
    a, b = await entry(stage, "a", f"{run}/a/1"), await entry(stage, "b", f"{run}/b/1")
    found = await lineage(client, b)
    (made,) = found["produced_by"]
    assert [made[name] for name in ("run", "node", "output", "operation", "state")] == [
        run,
        "b",
        "out",
        "op",
        "succeeded",
    ]
    assert (made["attempt"], made["inputs"]) == (f"{run}/b/1", {"in": [a]})
    assert found["used_by"] == []  # `c` never began
    assert [(each["node"], each["input"]) for each in (await lineage(client, a))["used_by"]] == [("b", "in")]
    assert (found["examined"], found["next"], found["is_cut"]) == (1, None, False)


async def test_restored_nodes_name_the_attempt_that_wrote_the_bytes(stage: Stage) -> None:
    client = await stage.client()
    first, second = await submitted(client, chain("a")), await submitted(client, chain("a"))
    await put(stage, first, done("a", START, letter="a"))
    await put(stage, second, restored("a", START, "a", run=first, node="a", attempt=f"{first}/a/1"))
    digest = await entry(stage, "a", f"{first}/a/1")
    found = (await lineage(client, digest))["produced_by"]
    assert [(each["run"], each["state"]) for each in found] == [(first, "succeeded"), (second, "restored")]
    assert {each["attempt"] for each in found} == {f"{first}/a/1"}


async def test_a_file_is_produced_by_nobody_and_used_by_who_reads_it_or_is_bound_to_it(stage: Stage) -> None:
    client = await stage.client()
    file = {
        "name": "f",
        "kind": "file",
        "outputs": [{"name": "out", "type": "int"}],
        "artifact": {**artifact("f"), "type": "int"},
    }
    work = {
        "name": "w", "kind": "command", "cmd": "true", "outputs": [{"name": "out"}],
        "inputs": [{"name": "in", "types": ["int"], "min": 0}], "parameters": [{"name": "depth", "type": "int"}],
    }  # fmt: skip
    place = {"node": "f", "output": "out"}
    document = {
        "nodes": [
            node("f", operation="f"),
            node("reads", operation="w", inputs={"in": [place]}),
            node("bound", operation="w", parameters={"depth": {"$output": place}}),
        ],
        "operations": {"f": file, "w": work},
    }
    run = await submitted(client, document)
    await put(
        stage,
        run,
        restored("f", START, "f", file="f"),
        done("reads", START, letter="r"),
        done("bound", START, letter="b"),
    )
    digest = await entry(stage, "f", "ann")
    await client.post(f"{V1}/operations", json=file)
    found = await lineage(client, digest)
    assert (found["created_by"], found["produced_by"], found["files"]) == ("ann", [], ["default/f@1"])
    assert [(each["node"], each["input"]) for each in found["used_by"]] == [("reads", "in"), ("bound", "depth")]


async def test_many_runs_are_looked_through_page_by_page_and_the_origin_comes_first(stage: Stage) -> None:
    client = await stage.client()
    origin = await submitted(client, chain("a"))
    await put(stage, origin, done("a", START, letter="a"))
    for number in range(60):
        run = await submitted(client, chain("a"))
        await put(stage, run, done("a", START, letter="a" if number == 5 else "x"))
        await stage.clock.advance(1)
    digest = await entry(stage, "a", f"{origin}/a/1")
    first = await lineage(client, digest)
    assert ([each["run"] for each in first["produced_by"]], first["examined"]) == ([origin], 51)
    rest = await lineage(client, digest, cursor=first["next"])
    assert (len(rest["produced_by"]), rest["examined"], rest["next"]) == (1, 10, None)
    problem(await client.get(f"{V1}/artifacts/{digest}/lineage", params={"cursor": "x"}), 422)


async def test_the_lineage_of_another_team_is_not_there_nor_its_runs_in_ours(stage: Stage) -> None:
    client, theirs = await stage.client(), await stage.client(team="others")
    run = await submitted(client, chain("a"))
    await put(stage, run, done("a", START, letter="a"))
    digest = await entry(stage, "a", f"{run}/a/1")
    problem(await theirs.get(f"{V1}/artifacts/{digest}/lineage"), 404, "not_found")
    await entry(stage, "a", f"{run}/a/1", team="others")
    found = await lineage(theirs, digest)
    assert (found["produced_by"], found["used_by"], found["examined"]) == ([], [], 0)


async def test_the_usage_of_a_version_lists_graphs_and_recent_runs(stage: Stage) -> None:
    client = await stage.client()
    made = await client.post(f"{V1}/operations", json={"name": "sort", "kind": "command", "cmd": "true"})
    url, ref = made.headers["location"], "default/sort@1"
    await client.post(f"{url}/approve", headers={"If-Match": made.headers["etag"]})
    exact = (await client.post(f"{V1}/graphs", json={"nodes": [node("a", operation=ref)]})).json()["id"]
    bare = (await client.post(f"{V1}/graphs", json={"nodes": [node("a", operation="default/sort")]})).json()["id"]
    await client.post(f"{V1}/graphs", json=graph(node("a")))
    runs = [await submitted(client, {"nodes": [node("a", operation=name)]}) for name in (ref, "default/sort")]
    await submitted(client, chain("a"))
    usage = (await client.get(f"{url}/usage")).json()
    assert [each["id"] for each in usage["graphs"]] == [exact]
    assert [each["id"] for each in usage["following"]] == [bare]
    assert {each["id"] for each in usage["runs"]} == set(runs)
    assert len((await client.get(f"{url}/usage", params={"limit": 1})).json()["runs"]) == 1
    clone = await client.post(f"{url}/clone", json={})
    draft = (await client.get(f"{clone.headers['location']}/usage")).json()
    assert draft == {"graphs": [], "following": [], "runs": []}
    problem(await client.get(f"{V1}/operations/default/none@1/usage"), 404)
    problem(await (await stage.client(team="others")).get(f"{url}/usage"), 404, "not_found")
    problem(await client.get(f"{url}/usage", params={"limit": 0}), 422)
