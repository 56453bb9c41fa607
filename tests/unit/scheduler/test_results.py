"""Reports about what memory does not know yet: the documents are asked before anything is refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import pytest

from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run, RunState
from plynx_common.domain.tokens import PoolToken, claim_id_hash
from plynx_common.interfaces.bus import Settlement
from plynx_common.messages.nodes import NodeFinished
from plynx_common.repositories import node_runs
from plynx_common.repositories.runs import Runs
from plynx_scheduler import memory
from plynx_scheduler.core import Core
from plynx_scheduler.incoming import Incoming
from plynx_scheduler.results import on_result
from plynx_scheduler.round import Item, Round
from plynx_scheduler.service import make_core
from tests.unit.scheduler.stage import POOL, Stage, chain, empty_stage, settings_of


@dataclass(frozen=True, slots=True)
class Delivered:
    """A report in hand."""

    message: NodeFinished
    reply_to: str | None = "w1"
    message_id: str | None = None
    queue: str = "results.0"
    redelivered: bool = False

    def settle(self, settlement: Settlement, reason: str = "") -> None:
        """Told after a round; there is none here."""


def report(core: Core, stage: Stage) -> tuple[Incoming, NodeFinished]:
    token = PoolToken("default", "w1", (POOL,)).sign(stage.signer, expires_at=stage.clock.now().timestamp() + 60)
    speaks: dict[str, Any] = {"worker": "w1", "incarnation": "1", "token": token, "partition": 0}
    message = NodeFinished(**speaks, run="r1", node="n0", attempt=1, claim_id="c1", outputs={})
    return Incoming(Delivered(message), message, "w1", core.clock.monotonic()), message


def decided(core: Core, item: Item) -> Round:
    round = Round(core, core.clock.now(), core.clock.monotonic())
    item(round)
    return round


async def test_a_result_that_came_while_its_run_was_loaded_is_not_judged_by_what_was_read_before(
    monkeypatch: pytest.MonkeyPatch,
):
    """Another owner has granted the node between the reading of its slice and that of the last one."""
    monkeypatch.setattr(memory, "SLICE", 1)
    stage = empty_stage()
    documents, core = stage.backends.documents, make_core(settings_of(), stage.backends)
    core.renewed_at[0] = inf
    graph = chain(2).model_dump(mode="json", by_alias=True)
    await Runs(documents).insert(Run("r1", 0, "default", graph, state=RunState.RUNNING))
    ready = NodeRun("r1", "n0", "default", POOL, NodeState.READY)
    waiting = NodeRun("r1", "n1", "default", POOL)
    await documents.write([node_runs.insertion(node, "op-1") for node in (ready, waiting)])
    core.memory.want("r1")
    await core.memory.read(0.0)

    secret = claim_id_hash("c1")
    running = NodeRun("r1", "n0", "default", POOL, NodeState.RUNNING, 1, claim_id_hash=secret, worker="w1", v=1)
    await documents.write([node_runs.change(ready, running, "op-2")])
    incoming, message = report(core, stage)
    (wanted,) = decided(core, partial(on_result, incoming=incoming, message=message)).wanted
    core.memory.want(*wanted)
    items: list[Any] = []
    while not items:
        items = (await core.memory.read(0.0)).items
    round = decided(core, items[0])

    assert round.settlements == []
    await core.memory.read(0.0)
    (again,) = round.again
    assert decided(core, again).has_writes
