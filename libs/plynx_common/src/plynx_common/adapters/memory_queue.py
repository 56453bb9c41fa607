"""One queue of the broker in memory: first in, first out, competing consumers, prefetch, redelivery."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from heapq import heappop, heappush
from typing import NamedTuple

from plynx_common.interfaces.bus import Delivery, Queue, Settlement
from plynx_common.messages.base import Message, NewerMessage, UndecodableMessage, decode
from plynx_common.messages.routes import DEAD_LETTERS, PARKED

RETRY_LIMIT = 20
"""A message handed back that often goes to the dead letters."""
QUEUE_LIMIT = 100_000
"""Messages waiting in one queue; more are refused, so that a queue nobody reads cannot eat the process."""
BATCH = 256
"""Deliveries of one queue before others on the loop have their turn."""

OnDelivery = Callable[[Delivery], None]
PutAside = Callable[[str, "Parcel", str, str], None]
"""From queue, parcel, into queue, reason."""


class Parcel(NamedTuple):
    """What travels: the same for every queue it reaches."""

    body: bytes
    exchange: str
    key: str
    reply_to: str | None
    message_id: str | None
    persistent: bool


class Entry:
    """A parcel in one queue; `number` is its place, which it keeps when it comes back."""

    __slots__ = ("number", "parcel", "redelivered", "retries")

    def __init__(self, number: int, parcel: Parcel) -> None:
        self.number = number
        self.parcel = parcel
        self.redelivered = False
        self.retries = 0


class MemoryDelivery:
    __slots__ = ("_consumer", "_settled", "entry", "message", "redelivered")

    def __init__(self, message: Message, entry: Entry, consumer: MemoryConsumer) -> None:
        self.message = message
        self.entry = entry
        self.redelivered = entry.redelivered
        self._consumer = consumer
        self._settled = False

    @property
    def reply_to(self) -> str | None:
        return self.entry.parcel.reply_to

    @property
    def message_id(self) -> str | None:
        return self.entry.parcel.message_id

    @property
    def queue(self) -> str:
        return self._consumer.queue

    def settle(self, settlement: Settlement, reason: str = "") -> None:
        if self._settled:
            raise RuntimeError(f"a delivery of '{self.message.type}' from queue '{self.queue}' was settled twice")
        self._settled = True
        self._consumer.settle(self, settlement, reason)


class MemoryConsumer:
    def __init__(
        self, source: BrokerQueue, on_delivery: OnDelivery, prefetch: int, forget: Callable[[MemoryConsumer], None]
    ) -> None:
        self.queue = source.spec.name
        self._source = source
        self._on_delivery = on_delivery
        # A handler must not see what was bound (for logs, for traces) around the publishing of what it handles.
        self._context = copy_context()
        self._prefetch = prefetch
        self._forget = forget
        self._paused = False
        self._unsettled: dict[int, MemoryDelivery] = {}

    @property
    def ready(self) -> bool:
        return not self._paused and (not self._prefetch or len(self._unsettled) < self._prefetch)

    def deliver(self, entry: Entry) -> None:
        try:
            message = decode(entry.parcel.body)
        except NewerMessage as error:
            self._source.put_aside(entry, PARKED, error.message)
        except UndecodableMessage as error:
            self._source.put_aside(entry, DEAD_LETTERS, error.message)
        else:
            delivery = MemoryDelivery(message, entry, self)
            if self._prefetch:
                self._unsettled[entry.number] = delivery
            self._context.run(self._on_delivery, delivery)

    def settle(self, delivery: MemoryDelivery, settlement: Settlement, reason: str) -> None:
        entry = delivery.entry
        if self._unsettled.get(entry.number) is not delivery:
            return  # needs no settling, or went back to the queue when the consumer was cancelled
        del self._unsettled[entry.number]
        self._source.settled(entry, settlement, reason)

    def give_back(self) -> None:
        unsettled, self._unsettled = self._unsettled, {}
        self._source.take_back([delivery.entry for delivery in unsettled.values()])

    def leave(self) -> None:
        self._source.detach(self)
        self.give_back()
        self._forget(self)

    async def cancel(self) -> None:
        self.leave()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self.wake()

    def wake(self) -> None:
        """There may be room now for what waits."""
        self._source.wake()


class BrokerQueue:
    """First in, first out: what comes back goes before what never left, in its old order."""

    def __init__(self, spec: Queue, owner: object, put_aside: PutAside) -> None:
        self.spec = spec
        self.owner = owner
        self._put_aside = put_aside
        self._returned: list[tuple[int, Entry]] = []
        self._fresh: deque[Entry] = deque()
        self._consumers: deque[MemoryConsumer] = deque()
        self._next_number = 0
        self._pump_is_due = False

    def __len__(self) -> int:
        return len(self._returned) + len(self._fresh)

    def put(self, parcel: Parcel) -> bool:
        if len(self._fresh) >= QUEUE_LIMIT:
            return False
        self._next_number += 1
        self._fresh.append(Entry(self._next_number, parcel))
        self.wake()
        return True

    def attach(self, consumer: MemoryConsumer) -> None:
        self._consumers.append(consumer)
        self.wake()

    def detach(self, consumer: MemoryConsumer) -> None:
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def clear(self) -> None:
        """The queue is gone: nothing waits and nobody listens any more."""
        self._returned.clear()
        self._fresh.clear()
        self._consumers.clear()

    def wake(self) -> None:
        """Deliver soon: never from within a publisher or a handler."""
        if not self._pump_is_due and self._consumers and (self._fresh or self._returned):
            self._pump_is_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_is_due = False
        again = True
        try:
            for _ in range(BATCH):
                consumer = self._next_ready_consumer() if len(self) else None
                if consumer is None:
                    again = False
                    return
                consumer.deliver(self._take())
        finally:  # also where a handler raised: its error goes to the loop, the rest is delivered
            if again:
                self.wake()

    def _take(self) -> Entry:
        return heappop(self._returned)[1] if self._returned else self._fresh.popleft()

    def _next_ready_consumer(self) -> MemoryConsumer | None:
        """Round robin over those that have room."""
        for _ in range(len(self._consumers)):
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            if consumer.ready:
                return consumer
        return None

    def settled(self, entry: Entry, settlement: Settlement, reason: str) -> None:
        if settlement is Settlement.RETRY:
            self._retry(entry, reason)
        elif settlement is Settlement.REJECT and self.spec.dead_letter:
            self.put_aside(entry, DEAD_LETTERS, reason or "rejected without a reason")
        self.wake()

    def _retry(self, entry: Entry, reason: str) -> None:
        entry.retries += 1
        if entry.retries > RETRY_LIMIT and self.spec.name not in (DEAD_LETTERS, PARKED):
            why = f"handed back more than {RETRY_LIMIT} times"
            self.put_aside(entry, DEAD_LETTERS, f"{why}, at last because: {reason}" if reason else why)
        else:
            self.take_back([entry])

    def take_back(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            entry.redelivered = True
            heappush(self._returned, (entry.number, entry))
        self.wake()

    def put_aside(self, entry: Entry, target: str, reason: str) -> None:
        self._put_aside(self.spec.name, entry.parcel, target, reason)
