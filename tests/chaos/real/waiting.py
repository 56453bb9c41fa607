"""Facts that the tests wait for, about runs in which something has died."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from pymongo.errors import PyMongoError

from plynx.connection import ApiError, Unreachable
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.testing.eventually import eventually
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.load import WIDTH, layers
from tests.e2e.documents import Document


async def submitted(deployment: Deployment, graph: Document, **options: Any) -> str:
    """The run's id, as soon as the API takes it."""

    def is_taken() -> str:
        try:
            return deployment.client.submit(graph, **options)
        except (ApiError, Unreachable) as error:
            raise AssertionError(str(error)) from error

    return await eventually(is_taken, within=20, every=0.1, story="the API takes a run")


async def busy(deployment: Deployment, ledger: Ledger, *, count: int = 4, **options: Any) -> str:
    """A run in its second layer."""
    run = await submitted(deployment, layers(ledger, count, **options))
    await eventually(lambda: len(ledger.began(run)) > WIDTH + 2, within=20, story="the second layer runs")
    return run


def executed_by(deployment: Deployment, worker: str, *runs: str) -> set[str]:
    """Node runs that it is executing, as the documents know."""
    where = {"run": {"$in": list(runs)}, "state": "running", "worker": worker}
    return {node["_id"] for node in deployment.database["node_runs"].find(where)}


async def began_again(deployment: Deployment, ledger: Ledger, nodes: set[str], since: float, *, within: float) -> float:
    """When the last of these node runs was executed again, in seconds since 1970.

    Not those whose result was on its way when their worker died.
    """
    run = next(iter(nodes)).partition("/")[0]
    first_try = {"_id": {"$in": list(nodes)}, "state": "succeeded", "attempt": 1}

    def all_began() -> float:
        again = {line.node_run: line.at for line in ledger.began_since(run, since) if line.node_run in nodes}
        waiting = nodes - set(again) - {node["_id"] for node in deployment.database["node_runs"].find(first_try)}
        assert not waiting, f"{waiting} wait"
        return max(again.values(), default=since)

    return await eventually(all_began, within=within, every=0.05, story="its nodes run again")


async def began_after(ledger: Ledger, run: str, moment: float, *, within: float) -> float:
    """When the first script of the run began after a moment, in seconds since 1970."""

    def first() -> float:
        return min((line.at for line in ledger.began_since(run, moment)), default=0)

    return await eventually(first, within=within, every=0.05, story="a script of the run begins")


async def granted_after(deployment: Deployment, run: str, moment: float, *, within: float) -> float:
    """When the first node was granted after a moment, by the documents: what was granted before may begin later."""
    text = timestamp(datetime.fromtimestamp(moment, UTC))

    def first() -> str | None:
        try:
            found = list(deployment.database["node_runs"].find({"run": run, "started_at": {"$gt": text}}))
        except PyMongoError as error:
            raise AssertionError(str(error)) from error
        return min((node["started_at"] for node in found), default=None)

    granted = await eventually(first, within=within, every=0.05, story="a node of the run is granted")
    return parse_timestamp(str(granted)).timestamp()


async def until(moment: float) -> None:
    await eventually(lambda: time.time() >= moment, within=60, every=0.1, story="time passes")
