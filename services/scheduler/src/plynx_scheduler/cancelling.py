"""Cancellation: of a run on request, and of what is left when a node failed under `finish_running` or `fail_fast`."""

from __future__ import annotations

from functools import partial

from plynx_common.domain import node_run as facts
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import Outcome
from plynx_common.messages import routes
from plynx_common.messages.nodes import NodeCancel
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Planned, Round

_NOT_RUNNING = (NodeState.WAITING, NodeState.READY, NodeState.BACKOFF)


def settle_node(round: Round, open_run: OpenRun, node: NodeRun) -> bool:
    """T12 and T13 where their condition holds; True: it does, and nothing else is due for the node."""
    reason = open_run.stop_reason
    if reason is None:
        return False
    if node.state in _NOT_RUNNING:
        if node.state is NodeState.WAITING and _ancestor_failed(open_run, node):
            return True  # T4 goes before T12: the cone of that ancestor is on its way
        round.change(open_run, node.node, facts.Cancelled(at=round.now, reason=reason))
        return True
    if node.state is NodeState.RUNNING and open_run.stops_running:
        fact = facts.CancelAsked(at=round.now, reason=reason)
        planned = round.change(open_run, node.node, fact, partial(_told, open_run=open_run, node=node, reason=reason))
        return planned is not Planned.STALE
    return node.state is NodeState.CANCELLING


def _told(round: Round, outcome: Outcome, *, open_run: OpenRun, node: NodeRun, reason: str) -> None:
    lease = round.core.leases.get(node.id)
    if outcome is not Outcome.STORED or lease is None:
        return
    lease.cancelling_since = round.core.leases.ticks
    worker = round.core.fleet.get(lease.worker)
    if worker is not None:
        message = NodeCancel(attempt=attempt_id(open_run.id, node.node, node.attempt), reason=reason)
        round.outgoing.append(Outgoing(message, routes.DIRECT_TO_QUEUE, worker.seen.queue))


def _ancestor_failed(open_run: OpenRun, node: NodeRun) -> bool:
    """Whether an ancestor failed, was skipped or cancelled; looks at parents only, as cones are skipped whole."""
    return any(
        open_run.nodes[parent].state in (NodeState.FAILED, NodeState.SKIPPED, NodeState.CANCELLED)
        for parent in open_run.plan.nodes[node.node].parents
    )
