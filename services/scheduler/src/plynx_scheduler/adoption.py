"""Leases and claims follow from the node runs as stored: made again whenever those were read or written."""

from __future__ import annotations

from collections.abc import Sequence

from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_scheduler.core import Core
from plynx_scheduler.leases import Lease
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import NodeChange

_LEASED = (NodeState.RUNNING, NodeState.CANCELLING)


def adopt(core: Core, open_run: OpenRun) -> list[Lease]:
    """After a run was read: fresh leases for running attempts that have none, none for the others.

    Returns those that are lost already, because a newer incarnation of their worker was seen.
    """
    lost: list[Lease] = []
    for node in open_run.nodes.values():
        core.claims.note(node)
        lease = _match_lease(core, open_run, node)
        if lease is not None and core.fleet.has_newer(lease.worker, lease.incarnation):
            lost.append(lease)
    return lost


def note_changes(core: Core, changes: Sequence[NodeChange]) -> None:
    for change in changes:
        if core.memory.holds(change.open_run):  # else its partition was lost while this was stored
            _match_lease(core, change.open_run, change.new)


def _match_lease(core: Core, open_run: OpenRun, node: NodeRun) -> Lease | None:
    lease = core.leases.get(node.id)
    if node.state not in _LEASED:
        if lease is not None:
            core.leases.end(node.id)
        return None
    if lease is None or lease.attempt != node.attempt or lease.open_run is not open_run:
        lease = core.leases.start(open_run, node)
    if node.state is NodeState.CANCELLING and lease.cancelling_since is None:
        lease.cancelling_since = core.leases.ticks
    return lease
