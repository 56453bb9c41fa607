"""Hints: consumed with a prefetch of the number of slots, parked for a second at most, else rung again for others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Outgoing, Queue, Settlement
from plynx_common.interfaces.clock import Clock
from plynx_common.messages import routes
from plynx_common.messages.nodes import NodeReady

PARKED_FOR = 1.0


class Hint:
    """There may be work. One that names this worker has no delivery: nobody else fits, and its owner rings again."""

    __slots__ = ("delivery", "message", "since")

    def __init__(self, message: NodeReady, delivery: Delivery | None, since: float) -> None:
        self.message = message
        self.delivery = delivery
        self.since = since

    def settle(self, settlement: Settlement) -> None:
        if self.delivery is not None:
            self.delivery.settle(settlement)


class Hints:
    """`claim` is called with a hint for which there is a free slot, `ring_again` with one for which there is none."""

    def __init__(self, bus: MessageBus, pools: Sequence[str], slots: int, clock: Clock) -> None:
        self.claim: Callable[[Hint], None] = lambda _: None
        self.ring_again: Callable[[Hint], None] = lambda _: None
        self.has_free_slot: Callable[[], bool] = lambda: False
        self._bus = bus
        self._pools = pools
        self._prefetch = slots
        self._clock = clock
        self._consumers: list[Consumer] = []
        self._parked: deque[Hint] = deque()
        self._paused = False
        self._closed = True

    async def open(self) -> None:
        """Once: the bus restores consumers of durable queues when a lost connection is there again."""
        self._closed = False
        for pool in self._pools:
            queue = routes.ready_queue(pool)
            await self._bus.declare(Queue(queue, durable=True))
            await self._bus.bind(queue, routes.READY, queue)
            self._consumers.append(await self._bus.consume(queue, self._on_delivery, prefetch=self._prefetch))

    async def close(self) -> None:
        """Nothing new is taken; what is parked or claimed goes back to the queue."""
        self._closed = True
        self._parked.clear()
        for consumer in self._consumers:
            await consumer.cancel()

    @property
    def leaves_slots_idle(self) -> bool:
        """Consumers open and nothing parked: a slot that frees has nothing else to do, and may ask for a hand-over."""
        return not (self._parked or self._paused or self._closed)

    def _on_delivery(self, delivery: Delivery) -> None:
        message = delivery.message
        if isinstance(message, NodeReady):
            self.offer(message, delivery)
        else:
            delivery.settle(Settlement.REJECT, f"no hint but a '{message.type}'")

    def offer(self, message: NodeReady, delivery: Delivery | None = None) -> None:
        if self._closed:
            return  # cancelling the consumer gives it back
        hint = Hint(message, delivery, self._clock.monotonic())
        if self.has_free_slot():
            self.claim(hint)
        else:
            self._parked.append(hint)

    def slot_freed(self) -> bool:
        """Whether a parked hint took the slot; else the consumers are open again."""
        taken = False
        while self._parked and self.has_free_slot():
            self.claim(self._parked.popleft())
            taken = True
        if self._paused and self.has_free_slot():
            self._paused = False
            for consumer in self._consumers:
                consumer.resume()
        return taken

    def check(self, now: float) -> None:
        while self._parked and now - self._parked[0].since >= PARKED_FOR:
            hint = self._parked.popleft()
            if hint.delivery is not None:
                self._pause()
                self.ring_again(hint)

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            for consumer in self._consumers:
                consumer.pause()


async def ring_again(bus: MessageBus, hint: Hint) -> None:
    """For somebody else: acknowledged only when the broker has the copy."""
    message = hint.message
    try:
        outgoing = Outgoing(message, routes.READY, routes.ready_queue(message.pool))
        await bus.publish([outgoing], confirm=True)
    except BusUnavailable:
        hint.settle(Settlement.RETRY)
    else:
        hint.settle(Settlement.ACK)
