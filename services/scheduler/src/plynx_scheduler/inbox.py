"""What has arrived and is not decided yet, from all queues of this instance, in order of arrival."""

from __future__ import annotations

import asyncio
from collections import deque

from plynx_common.interfaces.bus import Delivery
from plynx_common.interfaces.clock import Clock
from plynx_scheduler.incoming import Incoming

BATCH = 64


class Inbox:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Incoming] = deque()
        self._awake = asyncio.Event()
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = 0.0
        self._counts: dict[str, int] = {}
        self._handled: dict[str, int] = {}

    def put(self, delivery: Delivery) -> None:
        self._waiting.append(Incoming(delivery, delivery.message, delivery.reply_to, self._clock.monotonic()))
        self._counts[delivery.queue] = self._counts.get(delivery.queue, 0) + 1
        self._awake.set()

    def wake(self) -> None:
        self._awake.set()

    def take(self) -> list[Incoming]:
        return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def put_back(self, incoming: list[Incoming]) -> None:
        self._waiting.extendleft(reversed(incoming))
        self._awake.set()

    def note_handled(self, delivery: Delivery) -> None:
        self._handled[delivery.queue] = self._handled.get(delivery.queue, 0) + 1
        if delivery.queue in self._counts:  # else it has gone back to its queue meanwhile
            self._counts[delivery.queue] -= 1

    def handled(self, queue: str) -> int:
        """Deliveries of this queue that were settled."""
        return self._handled.get(queue, 0)

    def waiting(self, queue: str) -> int:
        """Deliveries of this queue that are in hand and not settled."""
        return self._counts.get(queue, 0)

    def forget(self, queue: str) -> None:
        """The queue's consumer is cancelled: its broker delivers again what was not settled."""
        self._waiting = deque(incoming for incoming in self._waiting if incoming.delivery.queue != queue)
        self._counts.pop(queue, None)

    async def wait(self, seconds: float) -> None:
        """Until something arrives, or for `seconds` by the clock."""
        if self._waiting or seconds <= 0:
            return
        self._awake.clear()
        self._arm(self._clock.monotonic() + seconds)
        await self._awake.wait()

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _arm(self, at: float) -> None:
        """One alarm stands for many waits: most are cut short by an arrival, and the next tick stays where it is."""
        if self._alarm is not None and not self._alarm.done():
            if self._alarm_at <= at:
                return
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = asyncio.get_running_loop().create_task(self._ring(at), name="scheduler-alarm")

    async def _ring(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        self._awake.set()
