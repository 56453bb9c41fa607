"""Files: new versions, previews, and outputs of runs that become files."""

from __future__ import annotations

from typing import Any

import httpx

from plynx_common.domain.access import Role
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.testing.fake_clock import START
from tests.unit.api.parts import Stage, pointers, problem, receipt
from tests.unit.api.past_runs import chain, done, submitted, waiting
from tests.unit.api.past_runs import put as leave
from tests.unit.api.test_artifacts_lineage import entry
from tests.unit.api.test_catalogue import put

V1 = "/api/v1"


async def made(client: httpx.AsyncClient, content_of: str, size: int, **fields: Any) -> httpx.Response:
    return await client.post(f"{V1}/files", json={"name": "table", "receipt": receipt(content_of, size), **fields})


async def test_a_taken_name_gets_its_next_version_where_that_is_asked_for(stage: Stage) -> None:
    client = await stage.client()
    first, second = await put(stage, b"a\n1\n"), await put(stage, b"a\n2\n")
    assert (await made(client, first, 4, next_version=True)).json()["ref"] == "default/table@1"
    problem(await made(client, second, 4), 409, "conflict")
    newer = (await made(client, second, 4, next_version=True)).json()
    assert (newer["ref"], newer["operation"]["parent"]) == ("default/table@2", "default/table@1")
    await client.post(f"{V1}/operations", json={"name": "script", "kind": "command", "cmd": "true"})
    found = problem(await made(client, first, 4, name="script", next_version=True), 409, "conflict")
    assert "'command'" in found["detail"]


async def test_a_file_has_the_preview_of_its_bytes(stage: Stage) -> None:
    client = await stage.client(Role.EDITOR)
    await made(client, await put(stage, b"a\n1\n"), 4)
    shown = (await client.get(f"{V1}/files/default/table@1/preview")).json()
    assert (shown["kind"], shown["rows"]) == ("table", [["1"]])
    await client.post(f"{V1}/operations", json={"name": "script", "kind": "command", "cmd": "true"})
    assert "no file" in problem(await client.get(f"{V1}/files/default/script@1/preview"), 422)["detail"]
    problem(await client.get(f"{V1}/files/default/none@1/preview"), 404)
    problem(await (await stage.client(team="others")).get(f"{V1}/files/default/table@1/preview"), 404, "not_found")


async def test_a_bad_name_leaves_nothing_behind(stage: Stage) -> None:
    client, digest = await stage.client(), await put(stage, b"a\n1\n")
    found = problem(await made(client, digest, 4, name="Bad Name", output="1"), 422, "invalid_input")
    assert {"/name", "/output"} <= {place for place, _ in pointers(found)}
    assert (await client.get(f"{V1}/operations")).json()["items"] == []


async def test_an_output_of_a_run_becomes_a_file(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a", "b"))
    await leave(stage, run, done("a", START, letter="a"), waiting("b"))
    digest = await entry(stage, "a", f"{run}/a/1")
    body = {"run": run, "node": "a", "node_output": "out", "name": "model", "title": "Best"}
    promoted = await client.post(f"{V1}/files/promote", json=body)
    assert promoted.status_code == 201, promoted.text
    operation = promoted.json()["operation"]
    assert (operation["artifact"]["digest"], operation["status"], operation["title"]) == (digest, "ready", "Best")
    assert run in operation["changelog"]
    assert promoted.headers["location"] == f"{V1}/operations/default/model@1"
    problem(await client.post(f"{V1}/files/promote", json=body), 409)
    again = await client.post(f"{V1}/files/promote", json={**body, "next_version": True})
    assert again.json()["ref"] == "default/model@2"


async def test_what_is_no_output_or_anothers_is_not_promoted(stage: Stage) -> None:
    client = await stage.client()
    run = await submitted(client, chain("a", "b"))
    await leave(stage, run, done("a", START, letter="a"), waiting("b"))
    body = {"run": run, "node": "a", "node_output": "out", "name": "model"}

    async def refused(status: int, **fields: str) -> str:
        return str(problem(await client.post(f"{V1}/files/promote", json={**body, **fields}), status)["detail"])

    assert "no output 'x'; it has: 'out'" in await refused(404, node_output="x")
    assert "is waiting" in await refused(404, node="b")
    await refused(404, node="c")
    await refused(404, run="run-none")
    await refused(422, unknown="x")
    assert "no artifact" in await refused(404)  # the catalogue has lost it
    digest = await entry(stage, "a", f"{run}/a/1")
    await stage.backends.documents.write([CompareAndSet("artifacts", f"default/{digest}", {}, {"state": "deleting"})])
    await refused(404)
    problem(await (await stage.client(team="others")).post(f"{V1}/files/promote", json=body), 404, "not_found")
    problem(await (await stage.client(Role.RUNNER)).post(f"{V1}/files/promote", json=body), 403)
