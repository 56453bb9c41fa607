"""Websockets on a real socket: who gets in, what they are shown, and how they are closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from plynx_api.live import run_events, validity
from plynx_common.domain.access import Role
from plynx_common.domain.run import RunState
from plynx_common.messages.runs import NodeChange
from plynx_common.runtime.serving import LARGEST_SOCKET_MESSAGE, Serving, serving
from tests.unit.api.parts import Stage
from tests.unit.api.test_following_logs import CONTENT, Log
from tests.unit.api.test_run_events import Story

Answer = dict[str, Any]


class Served:
    """The stage on a port, and clients of its websockets."""

    def __init__(self, stage: Stage, port: int) -> None:
        self.stage = stage
        self.host = f"127.0.0.1:{port}"
        self.token = ""

    def open(self, path: str, **headers: str) -> connect:
        given = headers or {"Authorization": f"Bearer {self.token}"}
        origin = given.pop("Origin", None)
        return connect(f"ws://{self.host}{path}", additional_headers=given, origin=origin, compression=None)  # type: ignore[arg-type]

    async def refusal(self, path: str, **headers: str) -> tuple[int, Answer]:
        """Of the handshake, as a problem."""
        with pytest.raises(InvalidStatus) as refused:
            async with self.open(path, **headers):
                pass
        answer = refused.value.response
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        return answer.status_code, json.loads(answer.body or b"")


@pytest.fixture
async def served(stage: Stage) -> AsyncGenerator[Served]:
    options = Serving(websockets=True)
    async with serving(stage.front, "127.0.0.1", 0, setting="PLYNX_API_PORT", options=options) as port:
        found = Served(stage, port)
        found.token = await stage.token()
        yield found
        stage.context.live.close()


async def told(socket: ClientConnection) -> Answer:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


async def told_but_pings(socket: ClientConnection) -> Answer:
    while (message := await told(socket))["type"] == "ping":
        pass
    return message


async def ask(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def end_of(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await _read_on(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def _read_on(socket: ClientConnection) -> None:
    async with asyncio.timeout(5):
        while True:
            await socket.recv()


async def test_strangers_and_pages_of_other_sites_are_told_why_they_do_not_get_in(served: Served) -> None:
    status, found = await served.refusal("/ws", Accept="*/*")
    assert (status, found["code"]) == (401, "unauthenticated")
    status, found = await served.refusal(f"/ws?token={served.token}", Accept="*/*")
    assert (status, found["code"]) == (401, "unauthenticated"), "a token in an address is no way in"
    session = {"Cookie": f"plynx_session={served.token}"}
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        status, found = await served.refusal("/ws", **session, **origin)
        assert (status, found["code"]) == (403, "cross_site")
    async with served.open("/ws", **session, Origin=f"http://{served.host}"):
        pass
    powerless = await served.stage.token(scopes=())
    status, found = await served.refusal("/ws/logs?run=r1&node=a", Authorization=f"Bearer {powerless}")
    assert (status, found["code"]) == (403, "forbidden")


async def test_a_ticket_opens_one_websocket_once_and_soon(served: Served) -> None:
    client = served.stage.with_headers({"Authorization": f"Bearer {served.token}"})

    async def ticket() -> str:
        answer = await client.post("/api/v1/tickets")
        assert answer.status_code == 201
        return answer.json()["ticket"]

    first, second, third, fourth = [await ticket() for _ in range(4)]
    async with served.open(f"/ws?ticket={first}", Origin=f"http://{served.host}"):
        pass
    status, found = await served.refusal(f"/ws?ticket={first}", Accept="*/*")
    assert (status, found["code"]) == (401, "unauthenticated")
    assert "used already" in found["detail"]
    status, found = await served.refusal(f"/ws?ticket={second}", Origin="https://evil.example")
    assert (status, found["code"]) == (403, "cross_site")
    me = (await client.get("/api/v1/me")).json()["token_id"]
    await served.stage.clock.advance(31)
    assert "expired" in (await served.refusal(f"/ws?ticket={third}", Accept="*/*"))[1]["detail"]
    assert (await client.get("/api/v1/me", params={"ticket": fourth})).status_code == 200
    await ticket()  # clears those that were never used
    assert len(await served.stage.backends.documents.find("tickets", {})) == 1
    fresh = await ticket()
    assert (await client.delete(f"/api/v1/tokens/{me}")).status_code == 204
    assert "revoked" in (await served.refusal(f"/ws?ticket={fresh}", Accept="*/*"))[1]["detail"]


async def test_a_run_is_shown_as_a_snapshot_then_each_fact_then_its_end(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    async with served.open("/ws") as socket:
        await ask(socket, type="subscribe", id="one", to="run", run="r1")
        first = await told(socket)
        assert (first["subscription"], first["type"], first["run"]["seq"]) == ("one", "snapshot", 3)
        assert first["nodes"] == [{"node": "a", "state": "running", "attempt": 1, "reason": None}]
        await story.store()
        await story.tell(NodeChange(node="a", state="succeeded", attempt=1))
        fact = await told(socket)
        assert (fact["type"], fact["seq"], fact["nodes"][0]["state"]) == ("run.changed", 4, "succeeded")
        await story.store()
        await story.store(state=RunState.SUCCEEDED)
        await story.tell()
        again = await told(socket)
        assert (again["type"], again["run"]["state"]) == ("snapshot", "succeeded"), "a gap brings a snapshot"
        assert await told(socket) == {"subscription": "one", "type": "ended"}


async def test_who_connects_again_is_shown_a_snapshot_first(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    for seq in (3, 4):
        async with served.open("/ws") as socket:
            await ask(socket, type="subscribe", id="1", to="run", run="r1")
            assert (await told(socket))["run"]["seq"] == seq
        await story.store()


async def test_all_runs_of_the_team_and_none_of_another(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    theirs = await served.stage.token(team="others")
    async with served.open("/ws") as socket, served.open("/ws", Authorization=f"Bearer {theirs}") as other:
        for each in (socket, other):
            await ask(each, type="subscribe", id="all", to="runs")
        assert [run["id"] for run in (await told(socket))["runs"]] == ["r1"]
        assert (await told(other))["runs"] == []
        await story.store()
        await story.tell(NodeChange(node="a", state="succeeded", attempt=1))
        fact = await told(socket)
        assert (fact["type"], fact["run"], fact["seq"], fact["nodes"]) == ("run.changed", "r1", 4, [])
        await ask(other, type="subscribe", id="r1", to="run", run="r1")
        assert (await told(other))["problem"]["code"] == "not_found"


async def test_a_run_that_is_new_is_shown_whole_and_lost_facts_are_found_by_looking(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plynx_api.live.team_runs.LOOK_EVERY", 0.05)
    story = Story(served.stage)
    async with served.open("/ws") as socket:
        await ask(socket, type="subscribe", id="all", to="runs")
        assert (await told(socket))["runs"] == []
        await story.begin()
        await story.tell()
        seen = await told_but_pings(socket)
        assert (seen["type"], seen["run"]["id"], seen["run"]["seq"]) == ("run", "r1", 3)
        await story.store(state=RunState.FAILED)
        seen = await told_but_pings(socket)
        assert (seen["type"], seen["run"]["state"]) == ("run", "failed")


async def test_a_pool_is_shown_and_subscriptions_can_be_given_up(served: Served) -> None:
    async with served.open("/ws") as socket:
        await ask(socket, type="subscribe", id="p", to="pool", pool="gpu")
        assert await told(socket) == {"subscription": "p", "type": "snapshot", "pools": []}
        await ask(socket, type="unsubscribe", id="p")
        assert await told(socket) == {"subscription": "p", "type": "ended"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed_body"),
        ("[" * 70 + "]" * 70, "malformed_body"),
        ("[]", "invalid_input"),
        ('{"type": "subscribe", "id": "1", "to": "moon"}', "invalid_input"),
        ('{"type": "subscribe", "id": "1", "to": "run"}', "invalid_input"),
        ('{"type": "subscribe", "id": "", "to": "runs"}', "invalid_input"),
        ('{"type": "subscribe", "id": "1", "to": "runs", "more": 1}', "invalid_input"),
        ('{"type": "subscribe", "id": "1", "to": "run", "run": "none"}', "not_found"),
        ('{"type": "subscribe", "id": "taken", "to": "runs"}', "conflict"),
    ],
)
async def test_a_wrong_message_is_answered_with_a_problem_and_the_rest_goes_on(
    served: Served, text: str, code: str
) -> None:
    async with served.open("/ws") as socket:
        await ask(socket, type="subscribe", id="taken", to="runs")
        assert (await told(socket))["type"] == "snapshot"
        await socket.send(text)
        answer = await told(socket)
        assert (answer["type"], answer["problem"]["code"]) == ("problem", code)
        await ask(socket, type="unsubscribe", id="taken")
        assert (await told(socket))["type"] == "ended"


async def test_too_many_subscriptions_and_too_long_messages_are_refused(served: Served) -> None:
    async with served.open("/ws") as socket:
        for number in range(65):
            await ask(socket, type="subscribe", id=str(number), to="pool")
        answers = [await told(socket) for _ in range(65)]
        problems = [answer["problem"]["code"] for answer in answers if answer["type"] == "problem"]
        assert problems == ["conflict"]
        await socket.send("x" * (LARGEST_SOCKET_MESSAGE + 1))
        assert (await end_of(socket))[0] == 1009


async def test_a_revoked_token_closes_what_it_has_opened(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "LOOK_EVERY", 0.05)
    story = Story(served.stage)
    await story.begin()
    token = await served.stage.token(Role.VIEWER)
    id = token[4:12]
    async with served.open("/ws", Authorization=f"Bearer {token}") as socket:
        await ask(socket, type="subscribe", id="1", to="run", run="r1")
        assert (await told(socket))["type"] == "snapshot"
        await served.stage.context.tokens.revoke("default", id)
        await served.stage.clock.advance(validity.LOOK_EVERY)
        code, reason = await end_of(socket)
    assert code == 1008
    assert reason.startswith(f"unauthenticated: the API token '{id}' was revoked")


async def test_a_stopping_server_closes_with_words(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    async with served.open("/ws") as facts, served.open("/ws/logs?run=r1&node=a") as log:
        await ask(facts, type="subscribe", id="1", to="run", run="r1")
        assert (await told(facts))["type"] == "snapshot"
        served.stage.context.live.close()
        assert await end_of(facts) == (1012, "the server stops: connect again")
        assert await end_of(log) == (1012, "the server stops: connect again with your last offset")


async def test_one_who_goes_away_is_listened_for_no_longer(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    served.stage.context.live.most = 1
    for _ in range(3):
        async with asyncio.timeout(5):
            while True:
                try:
                    async with served.open("/ws/logs?run=r1&node=a"):
                        break
                except InvalidStatus as refused:
                    assert refused.response.status_code == 429  # noqa: PT017 (it may take a moment)


async def test_the_query_of_a_log_is_looked_at_before_it_is_let_in(served: Served) -> None:
    assert (await served.refusal("/ws/logs?run=r1"))[1]["errors"][0]["pointer"] == "/node"
    assert (await served.refusal("/ws/logs?run=r1&node=a&from=-1"))[0] == 422
    assert (await served.refusal("/ws/logs?run=r1&node=a"))[0] == 404
    story = Story(served.stage)
    await story.begin()
    assert (await served.refusal("/ws/logs?run=r1&node=a&attempt=9"))[0] == 404


async def test_a_log_ends_with_its_seal_and_words(served: Served) -> None:
    log = Log(served.stage)
    await log.begin()
    await served.stage.context.runs.insert(Story(served.stage).run)
    await log.archive(0, 100)
    async with served.open("/ws/logs?run=r1&node=a&from=10") as socket:
        first = await told(socket)
        assert (first["type"], first["offset"]) == ("data", 10)
        await log.say(100, 200)
        await log.end()
        content = first["data"].encode("latin-1")
        while (frame := await told(socket))["type"] != "sealed":
            content += frame.get("data", "").encode("latin-1")
        assert content == CONTENT[10:]
        assert frame == {"type": "sealed", "total": len(CONTENT), "truncated": False}
        assert await end_of(socket) == (1000, "sealed: this was all of it")


async def test_the_runs_of_a_team_and_its_pools_are_events_over_http_too(served: Served) -> None:
    story = Story(served.stage)
    await story.begin()
    headers = {"Authorization": f"Bearer {served.token}", "Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=f"http://{served.host}/api/v1", headers=headers) as http:
        async with asyncio.timeout(5), http.stream("GET", "/runs/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = (json.loads(line[5:]) async for line in answer.aiter_lines() if line.startswith("data:"))
            assert (await anext(lines))["runs"][0]["id"] == "r1"
            await story.store()
            await story.tell()
            assert (await anext(lines))["seq"] == 4
        async with asyncio.timeout(5), http.stream("GET", "/pools/events") as answer:
            assert await anext(answer.aiter_lines()) == 'data: {"type":"snapshot","pools":[]}'
