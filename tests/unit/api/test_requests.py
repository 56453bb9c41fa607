"""What is wrong with a request before any route looks at it: each a problem that names thing and remedy."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from plynx_api.app import make_application
from plynx_api.bodies import DEEPEST_JSON, SMALL_BODY, is_deeper, may_be_deeper
from plynx_api.policy import PUBLIC, ROUTE_POLICY
from plynx_common.domain.access import Role
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.documents import Document
from tests.unit.api.parts import JSON, Stage, graph, node, pointers, problem, staged

RUNS = "/api/v1/runs"


@pytest.mark.parametrize("content", [b"{", b"{'a': 1}", b'{"a": 1} x', b"\xff", b'{"a": NaN}'])
async def test_a_body_that_is_no_json_is_refused(stage: Stage, content: bytes) -> None:
    answer = await (await stage.client()).post(RUNS, content=content, headers=JSON)
    assert "JSON" in problem(answer, 400, "malformed_body")["detail"]


async def test_a_body_of_another_kind_is_refused(stage: Stage) -> None:
    client = await stage.client()
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert "'application/json'" in problem(await client.post(RUNS, content=b"a=1", headers=form), 415)["detail"]
    problem(await client.post(RUNS, content=b"{}"), 415, "unsupported_body")
    assert pointers(problem(await client.post(RUNS, headers=JSON), 422)) == [("", "missing_body")]


async def test_an_oversized_body_is_refused_with_limit_and_setting() -> None:
    async with staged(body_limit=100_000) as stage:
        client = await stage.client()
        large = json.dumps({"graph": graph(node("a", comment="x" * 100_000))}).encode()
        found = problem(await client.post(RUNS, content=large, headers=JSON), 413, "body_too_large")
        assert "100000" in found["detail"]
        assert "PLYNX_API_BODY_LIMIT" in found["detail"]

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b" " * 10_000

        problem(await client.post(RUNS, content=endless(), headers=JSON), 413)
        small = await client.post("/api/v1/tokens", content=b" " * (SMALL_BODY + 1), headers=JSON)
        assert str(SMALL_BODY) in problem(small, 413)["detail"]
        assert await stage.backends.documents.count("runs", {}) == 0


async def test_the_body_of_a_stranger_is_not_even_read(stage: Stage) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"{}"

    problem(await stage.with_headers().post(RUNS, content=body(), headers=JSON), 401)
    viewer = await stage.client(Role.VIEWER)
    problem(await viewer.post(RUNS, content=body(), headers=JSON), 403)
    assert read == 0


async def test_nesting_has_a_limit(stage: Stage) -> None:
    client = await stage.client()
    for depth in (DEEPEST_JSON + 1, 900, 100_000):
        body = b'{"graph":' + b"[" * depth + b"]" * depth + b"}"
        assert "64" in problem(await client.post(RUNS, content=body, headers=JSON), 400)["detail"] or depth > 1000
    brackets = graph(node("a", comment="[{" * 200))
    assert (await client.post(RUNS, json={"graph": brackets})).status_code == 201


@pytest.mark.parametrize(
    ("text", "levels", "is_too_deep"),
    [
        ("1", 0, False),
        ("[]", 0, True),
        ("[]", 1, False),
        ("[[]]", 1, True),
        ('{"a": [1, {"b": 2}]}', 2, True),
        ('{"a": [1, {"b": 2}]}', 3, False),
        ('[[],[[]],{"a":{}}]', 3, False),
        ('[[],[[]],{"a":{}}]', 2, True),
    ],
)
def test_depth_is_counted(text: str, levels: int, is_too_deep: bool) -> None:  # noqa: FBT001
    assert is_deeper(json.loads(text), levels) is is_too_deep
    assert may_be_deeper(text.encode(), levels) is is_too_deep


async def test_unknown_paths_and_methods_are_problems(stage: Stage) -> None:
    client = await stage.client()
    problem(await client.get("/api/v1/nothing"), 404, "no_such_route")
    problem(await client.get("/api/v1/runs/"), 404, "no_such_route")
    answer = await client.put("/api/v1/me", content=b"{}")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/runs", "GET, POST"),
        ("/graphs/graph-1", "DELETE, GET, PUT"),
        ("/graphs/layout", "POST"),
        ("/operations/default/read", "GET"),
        ("/operations/default/read@1", "DELETE, GET, PUT"),
    ],
)
async def test_a_wrong_method_is_told_all_that_the_path_takes(stage: Stage, path: str, allowed: str) -> None:
    answer = await (await stage.client()).request("PATCH", f"/api/v1{path}")
    assert allowed in problem(answer, 405, "method_not_allowed")["detail"]
    assert answer.headers["allow"] == allowed


async def test_a_request_id_is_the_callers_own_where_it_is_harmless(stage: Stage) -> None:
    client = await stage.client()
    own = await client.get("/api/v1/me", headers={"X-Request-Id": "trace-1234"})
    assert own.headers["x-request-id"] == "trace-1234"
    other = await client.get("/api/v1/me", headers={"X-Request-Id": "<script>alert(1)</script>"})
    assert other.headers["x-request-id"].startswith("req-")
    assert own.headers["x-content-type-options"] == "nosniff"
    assert own.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in own.headers["content-security-policy"]


async def test_a_store_that_does_not_answer_is_503_and_worth_another_try(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await stage.client()
    assert (await client.get("/api/v1/me")).status_code == 200

    async def silent(collection: str, id: str) -> Document | None:
        raise StoreUnavailable("the document store does not answer")

    monkeypatch.setattr(stage.backends.documents, "get", silent)
    answer = await client.get(f"{RUNS}/r1/graph")
    problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_what_goes_wrong_inside_is_not_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await stage.client()

    async def broken(team: str) -> None:
        raise ZeroDivisionError("the secret is plover")

    monkeypatch.setattr(stage.context.tokens, "list", broken)
    answer = await client.get("/api/v1/tokens?everyone=true")
    found = problem(answer, 500, "internal")
    assert "plover" not in answer.text
    assert found["request_id"] in found["detail"]


async def test_the_openapi_document_is_whole(stage: Stage) -> None:
    document = (await (await stage.client()).get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert {"RunCreate", "RunView", "NodeView", "Problem", "Graph"} <= set(schemas)
    refused = [name for name in ("RunCreate", "Graph", "Operation", "TokenCreate", "FileCreate") if name in schemas]
    assert all(schemas[name]["additionalProperties"] is False for name in refused)
    ids: list[str] = []
    for methods in document["paths"].values():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
            assert "422" not in operation["responses"]
            is_public = ROUTE_POLICY[operation["operationId"]] == PUBLIC
            assert operation.get("security", document["security"]) == ([] if is_public else [{"token": []}])
    assert len(ids) == len(set(ids))
    assert make_application(stage.context).openapi() == document
