"""What a worker says about itself: at the start, every 2 s, and when a slot frees unasked."""

from __future__ import annotations

from collections.abc import Sequence

from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.workers import WorkerSeen
from plynx_worker.line import Line
from plynx_worker.slots import Slots

SEEN_EVERY = 2.0


class Presence:
    def __init__(self, line: Line, slots: Slots, pools: Sequence[str]) -> None:
        self.is_leaving = False
        self._line = line
        self._slots = slots
        self._pools = tuple(pools)

    def announce(self) -> None:
        slots = self._slots
        seen = WorkerSeen(
            **self._line.me,
            pools=self._pools,
            slots=slots.total,
            free=0 if self.is_leaving else max(0, slots.free),
            capacity=slots.capacity,
            queue=self._line.queue,
            leaving=self.is_leaving,
        )
        self._line.send(Outgoing(seen, routes.FACTS, routes.WORKER_SEEN_KEY))
