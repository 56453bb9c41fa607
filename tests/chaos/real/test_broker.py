"""The broker dies, forgets everything or refuses messages in the middle of a run, on real processes."""

from __future__ import annotations

import asyncio
import time

import aio_pika
import pytest

from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.interfaces.bus import Delivery, Settlement
from plynx_common.messages import routes
from plynx_common.messages.undelivered import Undelivered
from plynx_common.testing.eventually import eventually
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.load import layers
from tests.chaos.real.oracle import all_is_well
from tests.chaos.real.recovery import recovered
from tests.chaos.real.waiting import busy, granted_after, submitted, until

ALARM_SECONDS = 40


@pytest.mark.timeout(120)
async def test_work_goes_on_when_a_killed_broker_is_back(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger)

    deployment.broker.kill()
    restarted_at = time.time()
    await asyncio.to_thread(deployment.broker.start)
    ready_at = time.time()

    granted = await granted_after(deployment, run, restarted_at, within=40)
    recovered("broker killed, restart begins → next dispatch", granted - restarted_at, limit=20)
    recovered("… of which the broker's own start", ready_at - restarted_at, limit=20)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with the broker"


@pytest.mark.timeout(120)
async def test_work_goes_on_when_a_broker_is_back_that_has_forgotten_everything(
    deployment: Deployment, ledger: Ledger
) -> None:
    run = await busy(deployment, ledger)

    deployment.broker.wipe()
    restarted_at = time.time()
    await asyncio.to_thread(deployment.broker.start)

    granted = await granted_after(deployment, run, restarted_at, within=40)
    recovered("broker wiped, restart begins → next dispatch", granted - restarted_at, limit=25)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with the broker"


@pytest.mark.timeout(180)
async def test_no_lease_is_lost_while_the_broker_takes_no_message_for_40_seconds(
    deployment: Deployment, ledger: Ledger
) -> None:
    slow = await submitted(deployment, layers(ledger, 1, width=2, seconds=30))
    await eventually(lambda: len(ledger.began(slow)) == 2, within=20, story="the slow scripts run")
    run = await submitted(deployment, layers(ledger, 2, seconds=4))  # not over before the alarm, which takes seconds
    await eventually(lambda: len(ledger.began(run)) > 4, within=20, story="the first layer runs")

    await asyncio.to_thread(deployment.broker.raise_memory_alarm)
    alarm_at = time.time()
    await until(alarm_at + ALARM_SECONDS)
    await asyncio.to_thread(deployment.broker.clear_memory_alarm)
    cleared_at = time.time()

    granted = await granted_after(deployment, run, cleared_at, within=30)
    recovered("memory alarm of 40 s over → next dispatch", granted - cleared_at, limit=15)
    await all_is_well(deployment, ledger, run, slow)
    assert not lost(deployment, run, slow)
    assert set(ledger.executions(run).values()) == {1}


def lost(deployment: Deployment, *runs: str) -> list[str]:
    found = deployment.database["node_runs"].find({"run": {"$in": list(runs)}, "history.outcome": "lost"})
    return [node["_id"] for node in found]


async def test_a_message_that_nobody_can_read_is_put_aside_with_the_reason(
    deployment: Deployment, ledger: Ledger
) -> None:
    run = await busy(deployment, ledger)
    poison = b'{"type": "node.finished", "version": 1, "id": "poison", "body": {"attempt": "not a number"}}'
    letters = list[Delivery]()
    connection = await aio_pika.connect(deployment.broker.url)
    bus = await RabbitMQBus.open(deployment.broker.url)
    try:
        channel = await connection.channel()
        results = await channel.get_exchange(routes.RESULTS)
        await results.publish(aio_pika.Message(poison, message_id="poison"), routes.results_queue(3))
        await eventually(lambda: bus.depth(routes.DEAD_LETTERS), within=10, story="it is put aside")
        await bus.consume(routes.DEAD_LETTERS, letters.append, prefetch=1)
        await eventually(lambda: letters, story="the letter is read")
        letters[0].settle(Settlement.ACK)
    finally:
        await bus.close()
        await connection.close()

    letter = letters[0].message
    assert isinstance(letter, Undelivered)
    assert letter.body.encode("latin-1") == poison
    assert (letter.queue, letter.message_id) == (routes.results_queue(3), "poison")
    assert "attempt" in letter.reason, letter.reason
    await all_is_well(deployment, ledger, run)
