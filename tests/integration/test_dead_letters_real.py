"""A message that a handler fails on, on a real broker: seen over the API, handed in again, and handled at last."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from plynx_api.auditing import AUDIT
from plynx_api.first_token import Address
from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.adapters.system_clock import SystemClock, SystemIds
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.messages import routes
from plynx_common.messages.runs import RunLook
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.consumer import BackOff, consuming
from plynx_common.testing.contract.bus_inbox import look
from plynx_common.testing.eventually import eventually

SECRET = "s" * 32
SOON = BackOff(first=0.01, failures=3)
RESULTS = Queue(routes.results_queue(0), durable=True, quorum=True, dead_letter=True)
OTHER = Queue("other", durable=True)


@dataclass
class Desk:
    """Fails on what it cannot handle yet."""

    is_mended: bool = False
    tries: list[str] = field(default_factory=list[str])
    handled: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])

    async def look(self, message: RunLook, delivery: Delivery) -> None:
        self.tries.append(message.run)
        if not self.is_mended and message.run == "broken":
            raise ValueError("node 'a' has no state 'lost'")
        self.handled.append((message.run, delivery.message_id))


@pytest.fixture
async def backends(amqp_url: str) -> AsyncGenerator[Backends]:
    bus = await RabbitMQBus.open(amqp_url)
    objects = MemoryObjects("http://127.0.0.1:1", SECRET.encode())
    yield Backends(bus, MemoryDocuments(), objects, SystemClock(), SystemIds())
    await bus.close()


@pytest.fixture
async def client(tmp_path: Path, backends: Backends) -> AsyncGenerator[httpx.AsyncClient]:
    settings = ApiSettings.load(home=tmp_path, secret=SECRET, port=0)
    links: list[Address] = []
    async with api_service(settings, backends, links.append) as address:
        token = str(address.sign_in_link).partition("token=")[2]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"{address.url}/api/v1", headers=headers, timeout=30) as client:
            yield client


async def letters(client: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    async def listed() -> dict[str, Any]:
        answer = await client.get("/dead-letters")
        assert answer.status_code == 200, answer.text
        assert answer.json()["waiting"] == count
        return dict(answer.json())

    return (await eventually(listed, within=20, story=f"{count} dead letters are listed"))["items"]


async def test_a_message_that_failed_is_listed_handed_in_again_and_handled(
    client: httpx.AsyncClient, backends: Backends
) -> None:
    bus, desk = backends.bus, Desk()
    await bus.declare(RESULTS)
    await bus.bind(RESULTS.name, routes.RESULTS, RESULTS.name)
    sent = [
        Outgoing(look(run), routes.RESULTS, RESULTS.name, message_id=f"id-{run}", persistent=True)
        for run in ("fine", "broken", "fine-too")
    ]
    async with consuming(bus, RESULTS.name, {RunLook: desk.look}, backends.clock, back_off=SOON):
        await bus.publish(sent, confirm=True)
        (letter,) = await letters(client, 1)
        assert (letter["type"], letter["about"]["run"], letter["message_id"]) == ("run.look", "broken", "id-broken")
        assert letter["reason"] == "ValueError: node 'a' has no state 'lost'"
        assert (letter["queue"], letter["exchange"]) == (RESULTS.name, routes.RESULTS)
        assert desk.tries.count("broken") == SOON.failures
        assert await letters(client, 1) == [letter], "to look at it takes nothing away"

        assert (await client.post(f"/dead-letters/{letter['id']}/reinject")).status_code == 204
        (again,) = await letters(client, 1)
        assert again["id"] == letter["id"], "it failed once more: nothing was mended"
        assert desk.tries.count("broken") == 2 * SOON.failures

        desk.is_mended = True
        assert (await client.post(f"/dead-letters/{letter['id']}/reinject")).status_code == 204
        await eventually(lambda: ("broken", "id-broken") in desk.handled, story="it is handled")
        assert await letters(client, 0) == []
    assert sorted(desk.handled) == [("broken", "id-broken"), ("fine", "id-fine"), ("fine-too", "id-fine-too")]

    async def audited() -> bool:
        entries = await backends.documents.find(AUDIT, {"action": "reinject_dead_letter"})
        return [entry["about"] for entry in entries] == [letter["id"]] * 2

    await eventually(audited, story="both times are in the audit")


async def test_what_was_for_many_is_handed_in_again_for_the_one_that_failed_and_another_is_dropped(
    client: httpx.AsyncClient, backends: Backends
) -> None:
    bus, desk, others = backends.bus, Desk(), Desk(is_mended=True)
    for queue in (RESULTS, OTHER):
        await bus.declare(queue)
        await bus.bind(queue.name, routes.FACTS, "run.default.*")
    key = routes.run_changed_key("default", "broken")
    async with (
        consuming(bus, RESULTS.name, {RunLook: desk.look}, backends.clock, back_off=SOON),
        consuming(bus, OTHER.name, {RunLook: others.look}, backends.clock, back_off=SOON),
    ):
        facts = [Outgoing(look("broken"), routes.FACTS, key, message_id=id) for id in ("one", "two")]
        await bus.publish(facts, confirm=True)
        shown = {letter["message_id"]: letter["id"] for letter in await letters(client, 2)}
        assert (await client.delete(f"/dead-letters/{shown['one']}")).status_code == 204
        desk.is_mended = True
        assert (await client.post(f"/dead-letters/{shown['two']}/reinject")).status_code == 204
        await eventually(lambda: desk.handled, story="it is handled")
        assert await letters(client, 0) == []
    assert (desk.handled, sorted(others.tries)) == ([("broken", "two")], ["broken", "broken"])
