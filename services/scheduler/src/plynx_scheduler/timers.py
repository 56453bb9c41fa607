"""When something becomes due by itself: nodes that wait for their next try."""

from __future__ import annotations

import heapq


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str]] = []
        self._set: dict[tuple[str, str], float] = {}

    def set(self, run: str, node: str, at: float) -> None:
        """`at`: monotonic. The same node again changes its time."""
        known = self._set.get((run, node))
        if known is None or abs(known - at) > 0.01:
            self._set[run, node] = at
            heapq.heappush(self._heap, (at, run, node))

    def next_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while self._heap and self._heap[0][0] <= now:
            at, run, node = heapq.heappop(self._heap)
            if self._set.get((run, node)) == at:
                del self._set[run, node]
                found.append((run, node))
        return found
