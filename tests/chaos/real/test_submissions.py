"""What becomes of submissions, live facts and dead letters while the broker or the document store is away."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aio_pika
import httpx
import pytest
from websockets.asyncio.client import connect

from plynx_common.messages import routes
from plynx_common.testing.eventually import eventually
from tests.chaos.real.deployment import Deployment
from tests.e2e.documents import single

V1 = "/api/v1"


def http(deployment: Deployment) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {deployment.cluster.token}"}
    return httpx.AsyncClient(base_url=deployment.cluster.url, headers=headers, timeout=30)


async def test_runs_submitted_while_the_broker_is_away_are_stored_and_run_later(deployment: Deployment) -> None:
    deployment.broker.kill()
    async with http(deployment) as client:
        answers = [await client.post(f"{V1}/runs", json={"graph": single("echo late")}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert max(answer.elapsed.total_seconds() for answer in answers) < 5

    await asyncio.to_thread(deployment.broker.start)

    for answer in answers:
        (await deployment.client.end_of(answer.json()["id"], within=60)).succeeded()


@pytest.mark.timeout(180)
async def test_runs_are_refused_while_the_store_is_away_and_the_same_key_then_makes_one(
    deployment: Deployment,
) -> None:
    body = {"graph": single("echo once")}
    key = {"Idempotency-Key": "while-away"}
    async with http(deployment) as client:
        assert (await client.get(f"{V1}/me")).status_code == 200
        for daemon in deployment.store.daemons:
            daemon.kill()
        refused = await client.post(f"{V1}/runs", json=body, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert int(refused.headers["retry-after"]) > 0

        await asyncio.to_thread(deployment.store.start)

        async def taken() -> dict[str, Any]:
            answer = await client.post(f"{V1}/runs", json=body, headers=key)
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        first, second = await eventually(taken, within=60), await taken()
        assert first["id"] == second["id"]
    (await deployment.client.end_of(first["id"], within=60)).succeeded()


async def test_who_watches_over_a_lost_broker_is_shown_a_snapshot_and_the_end(deployment: Deployment) -> None:
    url = deployment.cluster.url.replace("http", "ws", 1)
    headers = {"Authorization": f"Bearer {deployment.cluster.token}"}
    run = deployment.client.submit(single("sleep 5; echo done"))
    kinds: list[str] = []
    async with asyncio.timeout(90), connect(f"{url}/ws", additional_headers=headers) as socket:
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "to": "run", "run": run}))
        kinds.append(json.loads(await socket.recv())["type"])
        deployment.broker.kill()
        await asyncio.to_thread(deployment.broker.start)
        while kinds[-1] != "ended":
            kinds.append(json.loads(await socket.recv())["type"])
    assert kinds.count("snapshot") >= 2, kinds
    assert "problem" not in kinds
    (await deployment.client.end_of(run)).succeeded()


async def test_a_dead_letter_is_shown_stays_and_is_dropped(deployment: Deployment) -> None:
    connection = await aio_pika.connect(deployment.broker.url)
    async with connection, http(deployment) as client:
        channel = await connection.channel()
        results = await channel.get_exchange(routes.RESULTS)
        poison = b'{"type": "node.finished", "version": 1, "body": {"run": "r1", "attempt": "not a number"}}'
        await results.publish(aio_pika.Message(poison, message_id="poison-2"), routes.results_queue(2))

        async def shown() -> dict[str, Any]:
            items = (await client.get(f"{V1}/dead-letters")).json()["items"]
            found = [letter for letter in items if letter["message_id"] == "poison-2"]
            assert len(found) == 1, items
            return found[0]

        letter = await eventually(shown, within=15)
        assert (letter["type"], letter["queue"]) == ("node.finished", routes.results_queue(2))
        assert letter["about"] == {"run": "r1", "attempt": "not a number"}
        assert await shown() == letter, "it stays"
        again = await client.post(f"{V1}/dead-letters/{letter['id']}/reinject")
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        assert (await client.delete(f"{V1}/dead-letters/{letter['id']}")).status_code == 204
        items = (await client.get(f"{V1}/dead-letters")).json()["items"]
        assert letter["id"] not in [each["id"] for each in items]
