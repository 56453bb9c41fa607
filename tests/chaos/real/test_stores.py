"""The stores die in the middle of a run, on real processes and real servers."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.oracle import all_is_well
from tests.chaos.real.recovery import recovered
from tests.chaos.real.waiting import began_after, busy, granted_after, until

OBJECTS_AWAY_SECONDS = 20


async def test_work_goes_on_when_a_killed_document_store_is_back(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger)

    deployment.store.kill()
    restarted_at = time.time()
    await asyncio.to_thread(deployment.store.start)
    ready_at = time.time()

    granted = await granted_after(deployment, run, restarted_at, within=30)
    recovered("document store killed, restart begins → next dispatch", granted - restarted_at, limit=20)
    recovered("… of which its own start and election", ready_at - restarted_at, limit=20)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with the store"


async def test_work_goes_on_when_a_replica_set_has_lost_its_primary(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger)
    primary = await asyncio.to_thread(deployment.store.primary)

    primary.kill()
    killed_at = time.time()

    granted = await granted_after(deployment, run, killed_at, within=30)
    recovered("primary of three killed → next dispatch", granted - killed_at, limit=12)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "nothing that runs is lost with a primary"


@pytest.mark.timeout(150)
async def test_uploads_wait_for_an_object_store_that_is_away(deployment: Deployment, ledger: Ledger) -> None:
    run = await busy(deployment, ledger, count=3, size=1_000_000)

    deployment.objects.kill()
    away_at = time.time()
    await until(away_at + OBJECTS_AWAY_SECONDS)
    await asyncio.to_thread(deployment.objects.start)
    back_at = time.time()

    began = await began_after(ledger, run, back_at, within=60)
    recovered("object store back after 20 s → next script", began - back_at, limit=15)
    await all_is_well(deployment, ledger, run)
    assert set(ledger.executions(run).values()) == {1}, "a script does not run again for an upload"
