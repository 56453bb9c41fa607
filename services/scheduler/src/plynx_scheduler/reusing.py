"""Results that a run takes from another one (`from_run`): of everything outside the cone of the nodes it names.

They are read, and their artifacts verified, before the first node run is planned; what the other run does not have, or
whose artifacts are gone, waits and is executed like any other, and so is what lies below it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from plynx_common.domain.ids import attempt_id
from plynx_common.domain.node_run import SUCCESSFUL, NodeRun
from plynx_common.repositories.node_runs import NodeRuns
from plynx_scheduler.open_run import OpenRun, Taken
from plynx_scheduler.plan import NodePlan
from plynx_scheduler.round import Round

READ_LIMIT = 500
"""Node runs of the other run that are read in one round."""


async def read_origins(round: Round, node_runs: NodeRuns, settle: Callable[..., None]) -> None:
    """A slice of each run that waits for it. Raises `StoreUnavailable`: the same slice is read again."""
    for open_run in round.origins.values():
        beginning = open_run.beginning
        part = beginning.unread[:READ_LIMIT]
        found = await node_runs.get_many([f"{open_run.run.from_run}/{node}" for node in part])
        for node in part:
            taken = _taken(open_run, open_run.plan.nodes[node], found.get(f"{open_run.run.from_run}/{node}"))
            if taken is not None:
                beginning.taken[node] = taken
                beginning.unverified.update(dict.fromkeys(_digests(taken)))
        del beginning.unread[:READ_LIMIT]
        round.decide_once(f"settle {open_run.id}", partial(settle, open_run=open_run))


def may_be_planned(open_run: OpenRun, plan: NodePlan) -> bool:
    """A result is taken only when those that it was made from are stored: it rests on them."""
    return plan.id not in open_run.beginning.taken or all(parent in open_run.nodes for parent in plan.parents)


def taken(open_run: OpenRun, plan: NodePlan) -> Taken | None:
    """None: it is to be executed."""
    found = open_run.beginning.taken.get(plan.id)
    if found is None or not open_run.beginning.absent.isdisjoint(_digests(found)):
        return None
    # Of what is executed again the bytes may differ: what was made from the old ones is no result of this run.
    rests_on_results = all(open_run.nodes[parent].state in SUCCESSFUL for parent in plan.parents)
    return found if rests_on_results else None


def _taken(open_run: OpenRun, plan: NodePlan, node: NodeRun | None) -> Taken | None:
    """None where it has not succeeded, is another team's, or has other outputs than the operation declares now."""
    if node is None or node.team != open_run.run.team or node.state not in SUCCESSFUL:
        return None
    outputs: dict[str, dict[str, Any]] = (node.result or {}).get("outputs", {})
    declared = {output.name: output.type for output in plan.operation.outputs}
    if {name: artifact["type"] for name, artifact in outputs.items()} != declared:
        return None
    made_by = node.restored_from or {"run": node.run, "node": node.node, "attempt": _attempt(node)}
    return Taken(outputs, {**made_by, "from_run": node.run})


def _attempt(node: NodeRun) -> str:
    return attempt_id(node.run, node.node, node.attempt)


def _digests(taken: Taken) -> list[str]:
    return [artifact["digest"] for artifact in taken.outputs.values()]
