"""Who may do what: every route has a row, and every row holds for every kind of principal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute

from plynx_api.app import make_application
from plynx_api.policy import PUBLIC, ROUTE_POLICY, SIGNED_IN
from plynx_common.domain.access import POLICY, Role
from tests.unit.api.parts import DAY, JSON, Stage, graph, node, problem

V1 = "/api/v1"


def flattened(routes: list[BaseRoute]) -> list[APIRoute | APIWebSocketRoute]:
    found: list[APIRoute | APIWebSocketRoute] = []
    for route in routes:
        inner: Any = getattr(route, "original_router", None) or route
        if isinstance(route, APIRoute | APIWebSocketRoute):
            found.append(route)
        elif getattr(inner, "routes", None):
            found += flattened(inner.routes)
    return found


async def test_every_route_has_a_row_and_every_row_a_route(stage: Stage) -> None:
    names = {route.name for route in flattened(make_application(stage.context).routes)}
    assert names == set(ROUTE_POLICY)
    assert {action for action in ROUTE_POLICY.values() if action not in {PUBLIC, SIGNED_IN}} <= set(POLICY)


async def test_every_guarded_route_wants_a_token_and_every_scope_is_looked_at(stage: Stage) -> None:
    stranger, powerless = stage.with_headers(), await stage.client(scopes=())
    count = 0
    for path, methods in make_application(stage.context).openapi()["paths"].items():
        for method, operation in methods.items():
            action = ROUTE_POLICY[operation["operationId"]]
            if action == PUBLIC:
                continue
            count += 1
            url = re.sub(r"\{stream\}", "stdout", re.sub(r"\{version\}", "1", path))
            url = re.sub(r"\{\w+\}", "x", url)
            answer = await stranger.request(method, url)
            assert answer.headers["www-authenticate"].startswith("Bearer"), url
            problem(answer, 401, "unauthenticated")
            if action != SIGNED_IN:
                problem(await powerless.request(method, url), 403, "forbidden")
    assert count > 35


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (Role.VIEWER, "POST", "/runs", 403),
        (Role.VIEWER, "GET", "/runs", 200),
        (Role.RUNNER, "POST", "/runs", 422),
        (Role.RUNNER, "POST", "/graphs", 403),
        (Role.EDITOR, "POST", "/graphs", 201),
        (Role.EDITOR, "POST", "/pools/tokens", 403),
        (Role.ADMIN, "POST", "/pools/tokens", 422),
    ],
)
async def test_roles_are_what_the_table_says(stage: Stage, role: Role, method: str, path: str, status: int) -> None:
    client = await stage.client(role)
    body = {"content": b"{}", "headers": JSON} if method == "POST" else {}
    assert (await client.request(method, V1 + path, **body)).status_code == status  # type: ignore[arg-type]


async def test_wrong_expired_and_revoked_tokens_are_told_apart(stage: Stage) -> None:
    token = await stage.token(lifetime=DAY)
    client = stage.with_headers({"Authorization": f"Bearer {token}"})
    assert (await client.get(f"{V1}/me")).json()["role"] == "owner"
    mistyped = stage.with_headers({"Authorization": f"Bearer {token[:-1]}"})
    assert "malformed" in problem(await mistyped.get(f"{V1}/me"), 401)["detail"]
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert (
        "mistyped"
        in problem(await stage.with_headers({"Authorization": f"Bearer {swapped}"}).get(f"{V1}/me"), 401)["detail"]
    )
    basic = stage.with_headers({"Authorization": "Basic YTpi"})
    assert "'Basic'" in problem(await basic.get(f"{V1}/me"), 401)["detail"]
    await stage.clock.advance(DAY.total_seconds() + 1)
    assert "expired" in problem(await client.get(f"{V1}/me"), 401)["detail"]
    other = await stage.client()
    id = (await other.get(f"{V1}/me")).json()["token_id"]
    assert (await other.delete(f"{V1}/tokens/{id}")).status_code == 204
    assert "revoked" in problem(await other.get(f"{V1}/me"), 401)["detail"]


async def test_what_belongs_to_another_team_does_not_exist(stage: Stage) -> None:
    ours, theirs = await stage.client(), await stage.client(team="others")
    run = (await ours.post(f"{V1}/runs", json={"graph": graph(node("a"))})).json()["id"]
    saved = (await ours.post(f"{V1}/graphs", json=graph(node("a")))).json()["id"]
    operation = (await ours.post(f"{V1}/operations", json={"name": "op", "kind": "command", "cmd": "true"})).json()[
        "ref"
    ]
    token = (await ours.get(f"{V1}/me")).json()["token_id"]
    etag = {"If-Match": '"1"'}
    for method, path in [
        ("GET", f"/runs/{run}"),
        ("GET", f"/runs/{run}/graph"),
        ("POST", f"/runs/{run}/cancel"),
        ("GET", f"/runs/{run}/events"),
        ("GET", f"/runs/{run}/nodes"),
        ("GET", f"/runs/{run}/nodes/a"),
        ("GET", f"/runs/{run}/nodes/a/logs/stdout"),
        ("GET", f"/runs/{run}/nodes/a/logs/stdout?follow=true"),
        ("GET", f"/graphs/{saved}"),
        ("DELETE", f"/graphs/{saved}"),
        ("POST", f"/graphs/{saved}/clone"),
        ("GET", f"/operations/{operation}"),
        ("GET", f"/operations/{operation.partition('@')[0]}"),
        ("GET", f"/operations/{operation.partition('@')[0]}/versions"),
        ("POST", f"/operations/{operation}/approve"),
        ("DELETE", f"/operations/{operation}"),
        ("DELETE", f"/tokens/{token}"),
        ("GET", f"/artifacts/{'a' * 64}"),
    ]:
        problem(await theirs.request(method, V1 + path, headers=etag), 404, "not_found")
    assert (await theirs.get(f"{V1}/runs")).json() == {"items": [], "next": None}
    problem(await theirs.post(f"{V1}/runs", json={"graph_id": saved}), 404)
    assert not (await stage.context.runs.get("default", run)).cancel_requested


async def test_a_token_gives_away_no_more_than_it_has(stage: Stage) -> None:
    runner = await stage.client(Role.RUNNER, scopes=("run.*", "token.create"))
    problem(await runner.post(f"{V1}/tokens", json={"role": "admin"}), 403, "forbidden")
    problem(await runner.post(f"{V1}/tokens", json={"scopes": ["graph.*"]}), 403, "forbidden")
    problem(await runner.post(f"{V1}/tokens", json={"scopes": ["*"]}), 403, "forbidden")
    problem(await runner.post(f"{V1}/tokens", json={"role": "king"}), 422)
    made = (await runner.post(f"{V1}/tokens", json={"scopes": ["run.read"], "lifetime_days": 1, "label": "ci"})).json()
    assert (made["role"], made["scopes"], made["label"]) == ("runner", ["run.read"], "ci")
    narrow = stage.with_headers({"Authorization": f"Bearer {made['token']}"})
    assert (await narrow.get(f"{V1}/runs")).status_code == 200
    problem(await narrow.post(f"{V1}/runs", json={}), 403)


async def test_a_token_makes_none_that_outlives_it_nor_does_a_session_of_it(stage: Stage) -> None:
    text = await stage.token(lifetime=timedelta(days=2))
    direct = stage.with_headers({"Authorization": f"Bearer {text}"})
    browser = stage.with_headers({"Origin": str(direct.base_url)})
    await browser.get("/login", params={"token": text})
    for client in (direct, browser):
        refused = problem(await client.post(f"{V1}/tokens", json={"lifetime_days": 3}), 403, "forbidden")
        assert "leave the lifetime out" in refused["detail"]
        assert (await client.post(f"{V1}/tokens", json={"lifetime_days": 1})).status_code == 201
        whole = (await client.post(f"{V1}/tokens", json={})).json()
        assert datetime.fromisoformat(whole["expires_at"]) - stage.clock.now() == timedelta(days=2)


async def test_a_session_of_a_token_without_an_end_makes_tokens_without_one(stage: Stage) -> None:
    browser = stage.with_headers({"Origin": str(stage.with_headers().base_url)})
    await browser.get("/login", params={"token": await stage.token()})
    assert (await browser.post(f"{V1}/tokens", json={})).json()["expires_at"] is None


async def test_tokens_are_listed_without_their_text(stage: Stage) -> None:
    client = await stage.client()
    made = (await client.post(f"{V1}/tokens", json={"label": "ci"})).json()
    listed = await client.get(f"{V1}/tokens")
    assert [each["label"] for each in listed.json()["items"] if each["id"] == made["id"]] == ["ci"]
    assert made["token"] not in listed.text
