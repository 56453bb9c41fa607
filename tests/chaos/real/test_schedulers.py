"""Schedulers die in the middle of a run, on real processes and real servers."""

from __future__ import annotations

import asyncio
import time

from deploy.native.process import ServiceProcess
from plynx_common.testing.eventually import eventually
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.oracle import all_is_well
from tests.chaos.real.recovery import recovered
from tests.chaos.real.waiting import busy, granted_after


async def owner_of(deployment: Deployment, run: str) -> ServiceProcess:
    """The scheduler that holds the lease of the run's partition, as its own log tells."""
    found = deployment.database["runs"].find_one({"_id": run})
    assert found is not None

    def owner() -> str:
        lease = deployment.database["leases"].find_one({"_id": f"partition-{found['partition']}"})
        return str((lease or {}).get("owner") or "")

    name = await eventually(owner, within=20, story="somebody owns the run's partition")
    return next(process for process in deployment.schedulers if name in process.log.read_text(encoding="utf-8"))


async def test_another_scheduler_goes_on_where_one_was_killed(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger)
    owner = await owner_of(deployment, run)

    owner.kill()
    killed_at = time.time()

    granted = await granted_after(deployment, run, killed_at, within=30)
    recovered("scheduler killed, another runs → next dispatch of its run", granted - killed_at, limit=12)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with a scheduler"


async def test_a_scheduler_that_starts_after_all_were_killed_goes_on(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger)

    for scheduler in deployment.schedulers:
        scheduler.kill()
    restarted_at = time.time()
    await asyncio.to_thread(deployment.schedulers[0].start)

    granted = await granted_after(deployment, run, restarted_at, within=30)
    recovered("all schedulers killed, one started → next dispatch", granted - restarted_at, limit=15)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with the schedulers"
