"""Leases of running attempts: they live in the owner's memory, count ticks, and cost no writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plynx_common.domain.node_run import NodeRun
from plynx_scheduler.open_run import OpenRun

LEASE_TICKS = 8
CANCEL_TICKS = 10


@dataclass(slots=True)
class Lease:
    open_run: OpenRun
    node: str
    attempt: int
    partition: int
    worker: str
    incarnation: str
    claim_id_hash: str
    renewed: int
    """The tick count when it was last renewed."""
    is_heard: bool = False
    """A heartbeat has named this attempt."""
    cancelling_since: int | None = None
    """The tick count when the cancel was stored."""
    token_until: float = 0.0
    """When the attempt token that was sent last should be renewed, monotonic."""
    result_until: int = 0
    """Its result is in hand and being stored: it does not expire before this tick. It may yet be lost from the hand,
    with the connection to the broker, and its worker with it.
    """
    overdue_phase: str | None = None
    """Its worker reports more seconds in this phase than the limit and the grace."""


class Leases:
    def __init__(self) -> None:
        self.ticks = 0
        """Ticks counted by this instance."""
        self._by_node: dict[str, Lease] = {}
        self._running_on: dict[tuple[str, str], int] = {}
        """Attempts by (pool, worker)."""

    def __iter__(self) -> Iterator[Lease]:
        return iter(list(self._by_node.values()))

    def __len__(self) -> int:
        return len(self._by_node)

    def start(self, open_run: OpenRun, node: NodeRun, token_until: float = 0.0, *, heard: bool = False) -> Lease:
        """A fresh lease, in place of any older one of the node."""
        self.end(node.id)
        lease = Lease(
            open_run=open_run,
            node=node.node,
            attempt=node.attempt,
            partition=open_run.run.partition,
            worker=node.worker or "",
            incarnation=node.incarnation or "",
            claim_id_hash=node.claim_id_hash or "",
            renewed=self.ticks,
            is_heard=heard,
            token_until=token_until,
        )
        self._by_node[node.id] = lease
        place = (node.pool, lease.worker)
        self._running_on[place] = self._running_on.get(place, 0) + 1
        return lease

    def get(self, node_id: str) -> Lease | None:
        return self._by_node.get(node_id)

    def end(self, node_id: str) -> None:
        lease = self._by_node.pop(node_id, None)
        if lease is None:
            return
        place = (lease.open_run.plan.nodes[lease.node].pool, lease.worker)
        self._running_on[place] -= 1
        if not self._running_on[place]:
            del self._running_on[place]

    def running_on(self, pool: str, worker: str) -> int:
        return self._running_on.get((pool, worker), 0)

    def running_by_pool(self) -> dict[str, int]:
        running: dict[str, int] = {}
        for (pool, _), count in self._running_on.items():
            running[pool] = running.get(pool, 0) + count
        return running

    def renew(self, lease: Lease) -> None:
        lease.renewed = self.ticks
        lease.is_heard = True

    def note_result(self, lease: Lease) -> None:
        lease.result_until = self.ticks + LEASE_TICKS

    def has_result(self, lease: Lease) -> bool:
        return self.ticks < lease.result_until

    def has_run_out(self, lease: Lease) -> bool:
        return self.ticks - lease.renewed >= LEASE_TICKS

    def is_cancel_overdue(self, lease: Lease) -> bool:
        return lease.cancelling_since is not None and self.ticks - lease.cancelling_since >= CANCEL_TICKS

    def of_worker(self, worker: str) -> list[Lease]:
        return [lease for lease in self._by_node.values() if lease.worker == worker]

    def drop_run(self, open_run: OpenRun) -> None:
        for node in open_run.nodes.values():
            self.end(node.id)
