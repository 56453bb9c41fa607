"""Every type of problem in the reference is provoked here, and says what it is, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from plynx_api.bodies import SMALL_BODY
from plynx_api.problem_types import problem_types
from plynx_common.adapters.local_objects import LocalObjects
from plynx_common.domain.access import Role
from tests.unit.api.parts import JSON, SECRET, STORAGE_URL, Stage, graph, node, pointers, problem, staged
from tests.unit.api.test_catalogue import put

V1 = "/api/v1"


@dataclass(frozen=True)
class Scene:
    """What a provocation has to hand."""

    stack: AsyncExitStack
    tmp_path: Path
    monkeypatch: pytest.MonkeyPatch

    async def stage(self, *, objects: LocalObjects | None = None, **settings: float) -> Stage:
        return await self.stack.enter_async_context(staged(objects, **settings))

    async def owner(self) -> httpx.AsyncClient:
        return await (await self.stage()).client()


Provoke = Callable[[Scene], Awaitable[httpx.Response]]
PROVOKED: dict[str, tuple[Provoke, list[tuple[str, str]]]] = {}
"""Code → what provokes it, and where in the request it says that something is wrong: (pointer, code)."""


def provokes(code: str, *places: tuple[str, str]) -> Callable[[Provoke], Provoke]:
    def register(provoke: Provoke) -> Provoke:
        PROVOKED[code] = (provoke, list(places))
        return provoke

    return register


@provokes("malformed_body")
async def half_a_body(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).post(f"{V1}/runs", content=b"{", headers=JSON)


@provokes("unauthenticated")
async def no_token(scene: Scene) -> httpx.Response:
    return await (await scene.stage()).with_headers().get(f"{V1}/me")


@provokes("cross_site")
async def a_form_of_another_site(scene: Scene) -> httpx.Response:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await (await scene.stage()).with_headers(form).post("/login", content="token=plx_1")


@provokes("forbidden")
async def a_viewer_who_starts_a_run(scene: Scene) -> httpx.Response:
    viewer = await (await scene.stage()).client(Role.VIEWER)
    return await viewer.post(f"{V1}/runs", json={"graph": graph(node("a"))})


@provokes("no_such_route")
async def an_unknown_path(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).get(f"{V1}/nothing")


@provokes("not_found")
async def an_unknown_run(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).get(f"{V1}/runs/run-nope")


@provokes("method_not_allowed")
async def a_method_too_many(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).patch(f"{V1}/runs", json={})


@provokes("conflict")
async def one_key_for_two_runs(scene: Scene) -> httpx.Response:
    client, key = await scene.owner(), {"Idempotency-Key": "once"}
    await client.post(f"{V1}/runs", json={"graph": graph(node("a"))}, headers=key)
    return await client.post(f"{V1}/runs", json={"graph": graph(node("b"))}, headers=key)


async def stored_graph(client: httpx.AsyncClient) -> str:
    return f"{V1}/graphs/{(await client.post(f'{V1}/graphs', json=graph(node('a')))).json()['id']}"


@provokes("stale_revision")
async def a_save_from_another_revision(scene: Scene) -> httpx.Response:
    client = await scene.owner()
    return await client.put(await stored_graph(client), json=graph(), headers={"If-Match": '"7"'})


@provokes("revision_required")
async def a_save_from_no_revision(scene: Scene) -> httpx.Response:
    client = await scene.owner()
    return await client.put(await stored_graph(client), json=graph())


@provokes("body_too_large")
async def a_large_body(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).post(f"{V1}/tokens", content=b" " * (SMALL_BODY + 1), headers=JSON)


@provokes("unsupported_body")
async def a_body_of_another_kind(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).post(f"{V1}/runs", content="a=1", headers={"Content-Type": "text/plain"})


@provokes("invalid_graph", ("/graph/nodes/0/operation", "unknown_operation"))
async def a_graph_that_cannot_run(scene: Scene) -> httpx.Response:
    body = {"graph": {"nodes": [{"id": "a", "operation": "default/nowhere@1"}]}}
    return await (await scene.owner()).post(f"{V1}/runs", json=body)


@provokes("invalid_input", ("/lable", "unknown_field"))
async def a_field_that_is_none(scene: Scene) -> httpx.Response:
    return await (await scene.owner()).post(f"{V1}/tokens", json={"lable": "mine"})


@provokes("too_many_followers")
async def a_follower_too_many(scene: Scene) -> httpx.Response:
    stage = await scene.stage()
    stage.context.live.most = 0
    return await (await stage.client()).get(f"{V1}/runs/events")


@provokes("too_many_requests")
async def a_request_too_many(scene: Scene) -> httpx.Response:
    client = await (await scene.stage(rate_limit=0.1)).client()
    await client.get(f"{V1}/me")
    return await client.get(f"{V1}/me")


@provokes("bus_unavailable")
async def no_bus(scene: Scene) -> httpx.Response:
    stage = await scene.stage()
    client = await stage.client()
    await stage.backends.bus.close()
    return await client.get(f"{V1}/dead-letters")


@provokes("store_unavailable")
async def no_document_store(scene: Scene) -> httpx.Response:
    stage = await scene.stage()
    client = await stage.client()
    await stage.backends.documents.close()
    return await client.get(f"{V1}/runs")


@provokes("objects_unavailable")
async def a_folder_of_objects_that_fails(scene: Scene) -> httpx.Response:
    root = scene.tmp_path / "objects"
    stage = await scene.stage(objects=LocalObjects(root, STORAGE_URL, SECRET.encode()))
    digest = await put(stage, b"a,b\n1,2\n")
    (stored,) = (path for path in root.rglob("*") if path.is_file())
    stored.unlink()
    stored.mkdir()  # where the bytes were, nothing can be read
    return await (await stage.client()).get(f"{V1}/artifacts/{digest}/preview")


@provokes("internal")
async def a_fault_of_ours(scene: Scene) -> httpx.Response:
    stage = await scene.stage()
    client = await stage.client()
    scene.monkeypatch.delattr(type(stage.context.tokens), "list")
    return await client.get(f"{V1}/tokens")


def test_every_type_of_problem_is_provoked() -> None:
    assert set(PROVOKED) == set(problem_types())


@pytest.mark.parametrize("code", problem_types())
async def test_a_problem_says_what_it_is_and_where_and_what_to_do(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provoke, places = PROVOKED[code]
    row = problem_types()[code]
    async with AsyncExitStack() as stack:
        answer = await provoke(Scene(stack, tmp_path, monkeypatch))
    found = problem(answer, int(row["status"]), code)
    assert (found["title"], found["remedy"]) == (row["title"], row["remedy"])
    assert len(found["detail"]) > 10
    assert pointers(found) == places
    assert ("retry-after" in answer.headers) is (found["status"] in {429, 503})
