"""Bad input gets an error that names the thing and the remedy; no stack trace, nothing stored, nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from plynx.connection import ApiError
from plynx_common.domain.access import Principal, PrincipalKind, Role
from plynx_common.domain.tokens import Signer
from plynx_common.repositories.api_tokens import ApiTokens
from plynx_common.runtime.backends import open_backends
from plynx_common.runtime.home import signing_secret
from plynx_common.runtime.settings import PlatformSettings
from plynx_common.testing.eventually import eventually
from tests.e2e.client import Client
from tests.e2e.conftest import Start
from tests.e2e.documents import Document, graph, node, operation, single
from tests.e2e.platform import Platform


@contextmanager
def refused(client: Client, status: int, *words: str) -> Generator[None]:
    """The block is, in words; and no run has come of it."""
    before = client.connection.get("/runs", limit=1)["items"]
    with pytest.raises(ApiError) as found:
        yield
    said = json.dumps(found.value.problem, ensure_ascii=False)
    assert found.value.status == status, said
    assert found.value.code
    missing = [word for word in words if word not in said]
    assert not missing, f"{missing} not in {said}"
    assert "Traceback" not in said
    assert ".py" not in said
    assert client.connection.get("/runs", limit=1)["items"] == before


def test_a_cyclic_graph_is_refused_with_the_cycle(client: Client) -> None:
    document = graph(
        {"step": operation("true")},
        node("a", "step", after=["c"]),
        node("b", "step", after=["a"]),
        node("c", "step", after=["b"]),
        node("d", "step"),
    )

    with refused(client, 422, "cycle", "'a'", "'b'", "'c'", "→", "/graph/nodes/"):
        client.submit(document)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, ("input 'data'", "node 'use'")),
        ({"data": "make.nothing"}, ("'nothing'", "'out'")),
        ({"data": "nowhere.out"}, ("'nowhere'",)),
        ({"dta": "make.out"}, ("'dta'", "did you mean 'data'")),
        ({"data": "make.out"}, ("csv", "json", "'data'")),
    ],
)
def test_a_missing_or_mistyped_input_is_refused(client: Client, inputs: dict[str, str], words: tuple[str, ...]) -> None:
    operations = {
        "make": operation("true", outputs={"out": "csv"}),
        "use": operation("true", inputs={"data": "json"}),
    }

    with refused(client, 422, *words):
        client.submit(graph(operations, node("make"), node("use", inputs=inputs)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ("parameter 'depth'", "node 'it'")),
        ({"depth": "deep"}, ("'depth'", "'deep'", "whole number")),
        ({"depth": 11}, ("'depth'", "11", "10")),
        ({"dpeth": 3, "depth": 3}, ("'dpeth'", "did you mean 'depth'")),
        ({"depth": {"$param": "none"}}, ("'none'", "graph")),
    ],
)
def test_a_missing_or_mistyped_parameter_is_refused(client: Client, values: Document, words: tuple[str, ...]) -> None:
    depth = {"type": "int", "required": True, "max": 10}

    with refused(client, 422, *words):
        client.submit(single("true", parameters={"depth": depth}, values=values))


@pytest.mark.parametrize("name", ["trian", "default/train@7", "other/train@1"])
def test_an_unknown_operation_is_refused(client: Client, name: str) -> None:
    document = graph({"train": operation("true")}, node("it", name))

    with refused(client, 422, f"'{name}'", "/graph/nodes/0/operation"):
        client.submit(document)


@pytest.mark.parametrize(
    ("cmd", "words"),
    [
        ("echo ok\necho {{ param['dpeth'] }}", ("line 2", "'dpeth'")),
        ("echo {{ wrong }}", ("line 1", "'wrong'")),
        ("echo\n\necho {{ input['data' }}", ("line 3",)),
        ("{% if param['depth'] %}never closed", ("line 1", "endif")),
    ],
)
def test_an_undefined_template_name_is_refused_with_its_line(client: Client, cmd: str, words: tuple[str, ...]) -> None:
    document = single(cmd, "bash_jinja2", parameters={"depth": {"type": "int", "default": 1}})

    with refused(client, 422, "/graph/operations/it/cmd", *words):
        client.submit(document)


async def test_a_name_that_is_undefined_at_run_time_fails_the_node_with_its_line(client: Client) -> None:
    cmd = "echo ok\necho {{ param['tree']['leaf'] }}"
    document = single(cmd, "bash_jinja2", parameters={"tree": "json"}, values={"tree": {"root": 1}})

    run = (await client.run(document)).failed()

    assert run.failures["it"]["kind"] == "template"
    assert "line 2" in run.failures["it"]["message"]
    assert "leaf" in run.failures["it"]["message"]
    assert "Traceback" not in json.dumps(run.nodes)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"graph": {', 400, ("JSON",)),
        (b"[" * 1000, 400, ()),
        (b'{"graph": {"nodes": []}}', 422, ("no nodes",)),
        (b'{"graph": {"nodes": [], "colour": 1}}', 422, ("colour",)),
        (b'{"graf": {}}', 422, ("graf",)),
        (b"\xff\xfe", 400, ("JSON",)),
    ],
)
def test_a_body_that_is_none_is_refused(client: Client, body: bytes, status: int, words: tuple[str, ...]) -> None:
    answer = raw(client, "/runs", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert all(word in answer.text for word in words), answer.text
    assert "Traceback" not in answer.text


def test_an_oversized_body_is_refused_with_the_setting_that_allows_it(client: Client) -> None:
    large = single("#" * 9_000_000)

    with refused(client, 413, "at most 8388608", "PLYNX_API_BODY_LIMIT"):
        client.submit(large)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", ("client.json", "token")),
        ("plx_wrong", ("malformed",)),
        ("nonsense", ("plx_",)),
    ],
)
def test_a_wrong_token_is_refused(platform: Platform, token: str, words: tuple[str, ...]) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = httpx.get(f"{platform.url}/api/v1/runs", headers=headers)

    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert all(word in answer.text for word in words), answer.text


async def test_an_expired_and_a_revoked_token_are_refused_by_name(platform: Platform, client: Client) -> None:
    short = client.connection.post("/tokens", {"label": "short", "lifetime_days": 1e-5})
    revoked = client.connection.post("/tokens", {"label": "revoked"})
    assert raw(client, f"/tokens/{revoked['id']}", "DELETE").status_code == 204

    def answer_to(token: str) -> str:
        answer = httpx.get(f"{platform.url}/api/v1/runs", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        return answer.text

    assert "expired" in await eventually(lambda: answer_to(short["token"]), within=5)
    assert "revoked" in await eventually(lambda: answer_to(revoked["token"]), within=5)


async def test_another_teams_token_finds_nothing(start_platform: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with start_platform(home) as platform:
        client = platform.client()
        ours = (await client.run(single("echo x | tee $PLYNX_OUTPUT_out", outputs={"out": "text"}))).succeeded()
        digest = ours.nodes["it"]["outputs"]["out"]["digest"]
        platform.stop()
        token = await token_of_another_team(home)
        await platform.start()
        theirs = platform.client(token)

        assert theirs.connection.get("/runs")["items"] == []
        paths = ["", "/graph", "/nodes", "/nodes/it", "/nodes/it/logs/stdout", "/events"]
        reads = [f"/runs/{ours.id}{path}" for path in paths]
        reads += [f"/artifacts/{digest}", f"/artifacts/{digest}/download"]
        for path in reads:
            assert raw(theirs, path, "GET").status_code == 404, path
        assert raw(theirs, f"/runs/{ours.id}/cancel").status_code == 404
        assert platform.client().connection.get(f"/runs/{ours.id}")["state"] == "succeeded"


async def token_of_another_team(home: Path) -> str:
    settings = PlatformSettings.load(home=home)
    async with open_backends(settings) as backends:
        tokens = ApiTokens(backends.documents, backends.clock, backends.ids, Signer(signing_secret(settings)))
        token, _ = await tokens.create(Principal(PrincipalKind.PERSON, "eve", "other", Role.OWNER))
    return token


async def test_a_script_that_writes_no_output_fails_and_names_it(client: Client) -> None:
    cmd = 'echo x > "$PLYNX_OUTPUT_written"'
    document = single(cmd, outputs={"written": "text", "forgotten": "csv", "tree": "file"})

    run = (await client.run(document)).failed()

    failure = run.failures["it"]
    assert failure["kind"] == "output_missing"
    assert "'forgotten' is missing: the script must write it" in failure["message"]
    assert "'tree'" in failure["message"]
    assert "'written'" not in failure["message"]
    assert run.nodes["it"]["outputs"] == {}, "half of its outputs are none"
    again = await client.run(document)
    assert again.states == {"it": "failed"}, "and nothing of it was cached"


def raw(client: Client, path: str, method: str = "POST", **request: Any) -> httpx.Response:
    profile = client.connection.profile
    headers = {"Authorization": f"Bearer {profile.token}", **request.pop("headers", {})}
    return httpx.request(method, f"{profile.url}/api/v1{path}", headers=headers, **request)
