"""What could be granted now, by pool, in the order in which it should be.

Order: highest priority (one more for every ten minutes of waiting), then longest remaining path, then age. Between the
teams of a shared pool, round robin: every node counts as one.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from plynx_common.domain.node_run import NodeState
from plynx_common.messages.workers import Capacity, fits
from plynx_scheduler.open_run import OpenRun

AGING = 600.0
"""Seconds of waiting that weigh as much as one step of priority."""
LOOKED_AT = 64
"""Candidates of one team that a claim looks at, when those before do not fit its worker."""

_WAITING = (NodeState.WAITING, NodeState.READY)

Entry = tuple[float, float, float, int, OpenRun, str]


class PoolQueues:
    def __init__(self) -> None:
        self._pools: dict[str, _PoolQueue] = {}
        self._serial = 0

    def add(self, open_run: OpenRun, node: str, since: datetime) -> None:
        """A node that may be granted since `since`; entries that no longer hold are passed over when they come up."""
        plan = open_run.plan.nodes[node]
        self._serial += 1
        waited_since = since.timestamp()
        entry = (waited_since // AGING - open_run.run.priority, -plan.rank, waited_since, self._serial, open_run, node)
        self._pools.setdefault(plan.pool, _PoolQueue()).add(open_run.run.team, entry)

    def best(self, pool: str, capacity: Capacity) -> tuple[OpenRun, str] | None:
        """Takes the best node that fits out of the queue; whoever does not grant it adds it again."""
        queue = self._pools.get(pool)
        return None if queue is None else queue.best(capacity)

    def size(self, pool: str) -> int:
        """Nodes that could be granted now."""
        queue = self._pools.get(pool)
        return 0 if queue is None else queue.size()

    def pools(self) -> list[str]:
        return list(self._pools)

    def candidates(self, pool: str) -> Iterator[tuple[OpenRun, str]]:
        queue = self._pools.get(pool)
        return iter(()) if queue is None else queue.candidates()

    def drop_run(self, open_run: OpenRun) -> None:
        for queue in self._pools.values():
            queue.drop_run(open_run)


class _PoolQueue:
    def __init__(self) -> None:
        self._teams: dict[str, list[Entry]] = {}
        self._turn: deque[str] = deque()
        self._queued: dict[tuple[str, str], OpenRun] = {}
        """A run may have been forgotten and loaded anew: only its entries of today count."""

    def add(self, team: str, entry: Entry) -> None:
        place = (entry[4].id, entry[5])
        if self._queued.get(place) is entry[4]:
            return
        self._queued[place] = entry[4]
        if team not in self._teams:
            self._teams[team] = []
            self._turn.append(team)
        heapq.heappush(self._teams[team], entry)

    def best(self, capacity: Capacity) -> tuple[OpenRun, str] | None:
        for _ in range(len(self._turn)):
            team = self._turn[0]
            self._turn.rotate(-1)
            found = self._best_of(self._teams[team], capacity)
            if found is not None:
                return found
        return None

    def size(self) -> int:
        """Entries that do not hold any more are dropped while counting from the front; the rest is taken as it is."""
        for heap in self._teams.values():
            while heap and self._is_gone(heap[0]):
                self._forget(heapq.heappop(heap))
        return len(self._queued)

    def candidates(self) -> Iterator[tuple[OpenRun, str]]:
        for heap in self._teams.values():
            for entry in heap:
                if self._queued.get((entry[4].id, entry[5])) is entry[4] and _holds(entry):
                    yield entry[4], entry[5]

    def drop_run(self, open_run: OpenRun) -> None:
        for team, heap in self._teams.items():
            kept = [entry for entry in heap if entry[4] is not open_run]
            if len(kept) < len(heap):
                heapq.heapify(kept)
                self._teams[team] = kept
        self._queued = {place: queued for place, queued in self._queued.items() if queued is not open_run}

    def _best_of(self, heap: list[Entry], capacity: Capacity) -> tuple[OpenRun, str] | None:
        passed_over: list[Entry] = []
        found = None
        while heap and len(passed_over) < LOOKED_AT:
            entry = heapq.heappop(heap)
            if self._is_gone(entry):
                self._forget(entry)
            elif _holds(entry) and fits(entry[4].plan.nodes[entry[5]].operation.resources, capacity):
                self._forget(entry)
                found = (entry[4], entry[5])
                break
            else:
                passed_over.append(entry)
        for entry in passed_over:
            heapq.heappush(heap, entry)
        return found

    def _forget(self, entry: Entry) -> None:
        place = (entry[4].id, entry[5])
        if self._queued.get(place) is entry[4]:
            del self._queued[place]

    def _is_gone(self, entry: Entry) -> bool:
        """Granted, or ended otherwise. What is merely in doubt, or must wait for its run, stays."""
        if self._queued.get((entry[4].id, entry[5])) is not entry[4]:
            return True
        known = entry[4].nodes.get(entry[5])
        return known is None or known.state not in _WAITING


def _holds(entry: Entry) -> bool:
    open_run, node = entry[4], entry[5]
    known = open_run.nodes.get(node)
    return known is not None and open_run.is_grantable(known)
