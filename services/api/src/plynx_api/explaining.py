"""Why a node is where it is, in words: what it waits for, where its result came from, why it was executed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from plynx_api.fleet import PoolState
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.node_run import SUCCESSFUL, NodeRun, NodeState
from plynx_common.domain.operation import Operation, Resources
from plynx_common.domain.run import Run
from plynx_common.domain.values import timestamp
from plynx_common.messages.workers import Capacity, fits

NAMED = 5
"""Nodes in a sentence."""


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    """`not_planned`, `stuck`, `waiting_for`, `cache_lookup`, `no_worker`, `no_worker_large_enough`, `queued`,
    `backing_off`, `running`, `cancelling`, `cancelled`, `executed`, `restored`, `reused`, `file`, `failed`,
    `skipped`."""
    message: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A node run, and what is needed to say why it is where it is."""

    run: Run
    graph: Graph
    """Of the run."""
    node: NodeRun
    parents: dict[str, NodeState]
    pool: PoolState
    capacities: Sequence[Capacity] = field(default=())
    """Of the live workers of its pool."""

    @property
    def place(self) -> Node:
        return next(node for node in self.graph.nodes if node.id == self.node.node)

    @property
    def operation(self) -> Operation:
        return self.graph.operations[self.place.operation]


def waiting_for(subject: Subject) -> list[str]:
    if subject.node.state is not NodeState.WAITING:
        return []
    return [id for id, state in subject.parents.items() if state not in SUCCESSFUL]


def _waiting(subject: Subject) -> Reason:
    run, missing = subject.run, waiting_for(subject)
    if run.stuck:
        return Reason("stuck", f"the scheduler cannot go on with run '{run.id}': {run.stuck.get('error')}")
    if missing:
        shown = ", ".join(f"'{id}' ({subject.parents[id].value})" for id in missing[:NAMED])
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        return Reason("waiting_for", f"waits for {shown}{more}")
    if run.started_at is None:
        return Reason("not_planned", "waits for the scheduler, which has not planned all of the run yet")
    return Reason("cache_lookup", "waits for the cache: whether its result is there already, and its artifacts exist")


def _ready(subject: Subject) -> Reason:
    node, pool, needs = subject.node, subject.pool, subject.operation.resources
    if not pool.workers:
        return Reason(
            "no_worker", f"no worker serves pool '{node.pool}': start one with PLYNX_WORKER_POOLS={node.pool}"
        )
    if not any(fits(needs, capacity) for capacity in subject.capacities):
        message = (
            f"none of the {pool.workers} workers of pool '{node.pool}' has {_shown(needs)}: ask for less, or start"
        )
        return Reason("no_worker_large_enough", f"{message} a larger one")
    others = max(pool.ready - 1, 0)
    lost = f" ({node.reason})" if node.reason else ""
    if not pool.free:
        message = f"queued with {others} others in pool '{node.pool}', whose {pool.slots} slots are all taken"
    else:
        message = f"queued with {others} others in pool '{node.pool}': one of its workers is about to take it"
    return Reason("queued", message + lost)


def _restored(subject: Subject) -> Reason:
    origin = subject.node.restored_from or {}
    if "file" in origin:
        return Reason("file", f"is file '{origin['file']}'")
    made_by = f"node '{origin.get('node')}' of run '{origin.get('run')}'"
    if "from_run" in origin:
        return Reason("reused", f"was taken from run '{origin['from_run']}', as this run asks; {made_by} made it")
    return Reason("restored", f"was restored from the cache: {made_by} made it from equal code, parameters and inputs")


def _shown(needs: Resources) -> str:
    asked = {"cpu": f"{needs.cpu:g} cores", "memory": f"{needs.memory} bytes of memory", "gpu": f"{needs.gpu} gpus"}
    found = [text for name, text in asked.items() if getattr(needs, name)]
    return " and ".join([*found, *(f"tag '{tag}'" for tag in needs.tags)]) or "a slot"


def _backing_off(subject: Subject) -> Reason:
    node = subject.node
    until = "soon" if node.next_at is None else f"at {timestamp(node.next_at)}"
    return Reason("backing_off", f"is tried again {until}, because attempt {node.attempt} failed: {node.reason}")


def _running(subject: Subject) -> Reason:
    return Reason("running", f"attempt {subject.node.attempt} runs on worker '{subject.node.worker}'")


def _executed(subject: Subject) -> Reason:
    node = subject.node
    return Reason("executed", f"was executed by worker '{node.worker}' at attempt {node.attempt}")


def _failed(subject: Subject) -> Reason:
    node = subject.node
    return Reason("failed", f"failed: {node.failure.message if node.failure else node.reason}")


_REASONS: dict[NodeState, Callable[[Subject], Reason]] = {
    NodeState.WAITING: _waiting,
    NodeState.READY: _ready,
    NodeState.RUNNING: _running,
    NodeState.BACKOFF: _backing_off,
    NodeState.CANCELLING: lambda subject: Reason("cancelling", f"is being cancelled: {subject.node.reason}"),
    NodeState.SUCCEEDED: _executed,
    NodeState.RESTORED: _restored,
    NodeState.FAILED: _failed,
    NodeState.CANCELLED: lambda subject: Reason("cancelled", f"was cancelled: {subject.node.reason}"),
    NodeState.SKIPPED: lambda subject: Reason("skipped", f"was skipped: {subject.node.reason}"),
}


def reason_of(subject: Subject) -> Reason:
    return _REASONS[subject.node.state](subject)
