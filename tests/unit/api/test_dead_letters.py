"""Dead letters: seen without being taken, handed in again, dropped; and by whom."""

from __future__ import annotations

import json

import httpx

from plynx_common.domain.access import Role
from plynx_common.interfaces.bus import Outgoing, Queue, Settlement
from plynx_common.messages import routes
from plynx_common.messages.base import encode
from plynx_common.messages.nodes import NodeReady
from plynx_common.messages.runs import RunLook
from plynx_common.messages.undelivered import Undelivered
from plynx_common.testing.contract.bus_inbox import Inbox, look, stranger
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.api.parts import Answer, Stage, problem

URL = "/api/v1/dead-letters"
WORK = Queue("work", durable=True, dead_letter=True)


async def refused(stage: Stage, *runs: str) -> None:
    """Messages that a handler has refused."""
    bus = stage.backends.bus
    await bus.declare(WORK)
    await bus.bind(WORK.name, routes.CALLS, "calls.0")
    await bus.publish([Outgoing(look(run), routes.CALLS, "calls.0", message_id=f"id-{run}") for run in runs])
    inbox = Inbox()
    consumer = await bus.consume(WORK.name, inbox, prefetch=10)
    for delivery in await inbox.has(len(runs)):
        delivery.settle(Settlement.REJECT, "no such pool")
    await consumer.cancel()


async def listed(client: httpx.AsyncClient, queue: str = "dead-letters") -> list[Answer]:
    answer = await client.get(URL, params={"queue": queue})
    assert answer.status_code == 200, answer.text
    assert answer.json()["waiting"] == len(answer.json()["items"])
    return answer.json()["items"]


async def test_letters_are_shown_as_often_as_one_looks(stage: Stage) -> None:
    client = await stage.client(Role.ADMIN)
    assert await listed(client) == []
    await refused(stage, "r1", "r2")
    first, second = await listed(client)
    assert (first["type"], first["version"], first["reason"]) == ("run.look", 1, "no such pool")
    assert (first["queue"], first["key"], first["message_id"]) == ("work", "calls.0", "id-r1")
    assert first["about"] == {"run": "r1", "partition": 0}
    assert await listed(client) == [first, second], "they stay, in their order"


async def test_a_letter_is_handed_in_again_and_another_dropped(stage: Stage) -> None:
    client = await stage.client(Role.ADMIN)
    await refused(stage, "r1", "r2", "r3")
    first, second, third = await listed(client)
    assert (await client.post(f"{URL}/{second['id']}/reinject")).status_code == 204
    assert (await client.delete(f"{URL}/{first['id']}")).status_code == 204
    assert await listed(client) == [third]
    inbox = Inbox(Settlement.ACK)
    await stage.backends.bus.consume(WORK.name, inbox, prefetch=1)
    (again,) = await inbox.has(1)
    assert (again.message, again.message_id) == (RunLook(run="r2", partition=0), "id-r2")
    problem(await client.delete(f"{URL}/{first['id']}"), 404, "not_found")


async def test_what_this_release_cannot_read_is_only_dropped(stage: Stage) -> None:
    client, bus = await stage.client(Role.ADMIN), stage.backends.bus
    await bus.declare(WORK)
    newer = Outgoing(stranger("run.look", 99), routes.DIRECT_TO_QUEUE, WORK.name)
    await bus.publish([newer, Outgoing(stranger("no.such", 1), routes.DIRECT_TO_QUEUE, WORK.name)])
    consumer = await bus.consume(WORK.name, Inbox(Settlement.ACK), prefetch=1)
    await run_until_idle()
    (parked,) = await listed(client, "parked")
    (dead,) = await listed(client)
    await consumer.cancel()
    assert (parked["type"], parked["version"]) == ("run.look", 99)
    detail = problem(await client.post(f"{URL}/{parked['id']}/reinject?queue=parked"), 409, "conflict")["detail"]
    assert "version 99" in detail
    problem(await client.post(f"{URL}/{dead['id']}/reinject"), 409)
    assert (await client.delete(f"{URL}/{parked['id']}?queue=parked")).status_code == 204
    assert await listed(client, "parked") == []


async def test_what_the_broker_gave_up_and_what_is_no_message_are_shown_too(stage: Stage) -> None:
    client, bus = await stage.client(Role.ADMIN), stage.backends.bus
    raw = Undelivered(reason="garbage", queue="work", exchange="", key="work", body="\x00no json")
    await bus.publish([Outgoing(message, routes.DIRECT_TO_QUEUE, routes.DEAD_LETTERS) for message in (look("r1"), raw)])
    given_up, garbage = await listed(client)
    assert (given_up["reason"], given_up["about"]["run"]) == ("the broker itself gave it up", "r1")
    problem(await client.post(f"{URL}/{given_up['id']}/reinject"), 409, "conflict")
    assert (garbage["type"], garbage["version"], garbage["about"]) == ("", 0, {})


async def test_what_was_for_many_goes_to_the_one_that_failed(stage: Stage) -> None:
    client, bus = await stage.client(Role.ADMIN), stage.backends.bus
    body = encode(look("r1")).decode("latin-1")
    letter = Undelivered(reason="x", queue=WORK.name, exchange=routes.FACTS, key="run.default.r1", body=body)
    await bus.declare(WORK)
    await bus.publish([Outgoing(letter, routes.DIRECT_TO_QUEUE, routes.DEAD_LETTERS)])
    (shown,) = await listed(client)
    assert (await client.post(f"{URL}/{shown['id']}/reinject")).status_code == 204
    inbox = Inbox(Settlement.ACK)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await inbox.has(1)
    assert inbox.runs == ["r1"]


async def test_a_letter_shows_no_secret_and_only_admins_of_the_platforms_team_see_any(stage: Stage) -> None:
    secret = "claim-id-that-is-secret"
    hint = {"type": NodeReady.type, "version": 1, "body": {"run": "r1", "claim_id": secret, "token": secret}}
    letter = Undelivered(reason="x", queue="work", exchange="", key="work", body=json.dumps(hint))
    await stage.backends.bus.publish([Outgoing(letter, routes.DIRECT_TO_QUEUE, routes.DEAD_LETTERS)])
    answer = await (await stage.client(Role.ADMIN)).get(URL)
    assert answer.json()["items"][0]["about"] == {"run": "r1"}
    assert secret not in answer.text
    problem(await (await stage.client(Role.EDITOR)).get(URL), 403, "forbidden")
    theirs = await stage.client(Role.OWNER, team="others")
    problem(await theirs.get(URL), 404, "not_found")
    problem(await theirs.delete(f"{URL}/{answer.json()['items'][0]['id']}"), 404, "not_found")
    assert len(await listed(await stage.client(Role.ADMIN))) == 1
