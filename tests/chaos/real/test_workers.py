"""A worker dies, freezes or leaves in the middle of a run, on real processes and real servers."""

from __future__ import annotations

import asyncio
import time

import pytest

from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.messages.runs import RunLook
from plynx_common.testing.eventually import eventually
from tests.chaos.real.deployment import LONG_POOL, Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.load import WIDTH, layers
from tests.chaos.real.oracle import all_is_well
from tests.chaos.real.recovery import recovered
from tests.chaos.real.waiting import began_again, busy, executed_by, submitted, until
from tests.e2e import processes

FROZEN_SECONDS = 40


@pytest.fixture(scope="module", autouse=True)
def long_run(shared_deployment: Deployment, ledger: Ledger) -> str:
    """A script of 60 s on a worker of its own, which runs while the others suffer."""
    return shared_deployment.client.submit(layers(ledger, 1, width=1, seconds=120, pool=LONG_POOL))


@pytest.mark.timeout(120)
async def test_nodes_of_a_killed_worker_run_elsewhere_and_no_script_of_it_lives_on(
    deployment: Deployment, ledger: Ledger
) -> None:
    run = await busy(deployment, ledger, count=3, seconds=1)
    await eventually(lambda: executed_by(deployment, "one", run), story="worker 'one' executes something")

    deployment.worker.kill()
    killed_at = time.time()
    orphans = executed_by(deployment, "one", run)
    await eventually(lambda: not processes.scripts_of(deployment.worker.home), within=2, story="its scripts end")

    last = await began_again(deployment, ledger, orphans, killed_at, within=40)
    recovered("worker killed → its nodes run elsewhere", last - killed_at, limit=22)
    await all_is_well(deployment, ledger, run)


async def test_nodes_of_a_killed_worker_run_at_once_when_it_is_back_under_its_name(
    deployment: Deployment, ledger: Ledger
) -> None:
    run = await busy(deployment, ledger, count=3, seconds=1)
    await eventually(lambda: executed_by(deployment, "one", run), story="worker 'one' executes something")

    deployment.worker.kill()
    killed_at = time.time()
    orphans = executed_by(deployment, "one", run)
    await asyncio.to_thread(deployment.worker.start)

    last = await began_again(deployment, ledger, orphans, killed_at, within=20)
    recovered("worker killed and started again under its name → its nodes run", last - killed_at, limit=8)
    await all_is_well(deployment, ledger, run)


async def test_a_worker_told_to_leave_ends_what_runs_and_takes_nothing_new(
    deployment: Deployment, ledger: Ledger
) -> None:
    run = await submitted(deployment, layers(ledger, 2, seconds=3))
    await eventually(lambda: len(ledger.began(run)) == WIDTH, within=10, story="all slots run scripts")

    began = time.time()
    code = await asyncio.to_thread(deployment.worker.terminate)
    recovered(
        "worker told to leave → gone, its scripts of 4 s ended, their results stored", time.time() - began, limit=8
    )

    assert code == 0
    assert not executed_by(deployment, "one", run)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "a drained worker costs no execution"


@pytest.mark.timeout(180)
async def test_of_a_worker_that_was_frozen_for_40_seconds_nothing_is_accepted_twice(
    deployment: Deployment, ledger: Ledger
) -> None:
    # Four, of which the victim has two or more: the other worker always has room for them.
    slow = await submitted(deployment, layers(ledger, 1, width=4, seconds=25))
    await eventually(lambda: len(ledger.began(slow)) == 4, within=10, story="the slow scripts run")
    victim = max(("one", "two"), key=lambda worker: len(executed_by(deployment, worker, slow)))
    quick = await busy(deployment, ledger)

    deployment.services[f"worker-{victim}"].suspend()
    frozen_at = time.time()
    orphans = executed_by(deployment, victim, slow)
    last = await began_again(deployment, ledger, orphans, frozen_at, within=40)
    recovered("worker frozen → its nodes run elsewhere", last - frozen_at, limit=35)
    await until(frozen_at + FROZEN_SECONDS)
    deployment.services[f"worker-{victim}"].resume()

    await all_is_well(deployment, ledger, quick, slow)
    later = await submitted(deployment, layers(ledger, 1))
    await eventually(lambda: executed_by(deployment, victim, later), within=10, story="it takes work again")
    await all_is_well(deployment, ledger, later)


@pytest.mark.timeout(180)
async def test_a_script_of_60_seconds_runs_once_where_deliveries_may_be_held_for_8(
    deployment: Deployment, ledger: Ledger, long_run: str
) -> None:
    await what_is_held_comes_again(deployment)

    await all_is_well(deployment, ledger, long_run, within=90)

    began, ended = ledger.lines(long_run)
    assert ended.at - began.at >= 60
    assert ledger.executions(long_run).total() == 1


async def what_is_held_comes_again(deployment: Deployment) -> None:
    """The broker means it: a delivery that nobody settles is taken away and delivered again."""
    deliveries = list[Delivery]()
    bus = await RabbitMQBus.open(deployment.broker.url)
    try:
        queue = Queue("held", exclusive=True)
        await bus.declare(queue)
        await bus.consume(queue.name, deliveries.append, prefetch=1)
        await bus.publish([Outgoing(RunLook(run="held", partition=0), DIRECT_TO_QUEUE, queue.name)])
        await eventually(lambda: len(deliveries) > 1, within=20, story="it is delivered again")
    finally:
        await bus.close()
