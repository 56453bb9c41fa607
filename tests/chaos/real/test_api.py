"""The API dies between what it stores and what it says, on real processes and real servers."""

from __future__ import annotations

import asyncio
import time

import pytest

from plynx.connection import Unreachable
from plynx_common.runtime import points
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.load import layers
from tests.chaos.real.oracle import all_is_well
from tests.chaos.real.recovery import recovered
from tests.chaos.real.waiting import began_after, submitted


async def test_a_run_starts_whose_api_died_before_it_could_ring(deployment: Deployment, ledger: Ledger) -> None:
    api = deployment.services["api"]
    graph = layers(ledger, 2)
    api.environment[points.VARIABLE] = "api.after_insert=kill"
    await asyncio.to_thread(api.terminate)
    await asyncio.to_thread(api.start)
    del api.environment[points.VARIABLE]

    with pytest.raises(Unreachable):
        deployment.client.submit(graph, idempotency_key="rung by nobody")
    killed_at = time.time()
    found = deployment.database["runs"].find_one({"idempotency_key": "rung by nobody"})
    assert found is not None, "it died too early to show anything"

    began = await began_after(ledger, found["_id"], killed_at, within=20)
    recovered("API killed after the insert → the run's first script", began - killed_at, limit=8)
    await asyncio.to_thread(api.start)
    again = await submitted(deployment, graph, idempotency_key="rung by nobody")
    assert again == found["_id"], "who asks again with the same key gets the same run"
    await all_is_well(deployment, ledger, found["_id"])
