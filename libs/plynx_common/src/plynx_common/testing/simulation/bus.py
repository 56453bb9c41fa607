"""A broker as a bag: it delivers twice, in any order, late or never, forgets confirms, breaks connections, is wiped."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from random import Random

from plynx_common.adapters.memory_broker import MemoryBroker
from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_queue import (
    BrokerQueue,
    Entry,
    MemoryConsumer,
    MemoryDelivery,
    OnDelivery,
    Parcel,
    PutAside,
)
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Delivery, Outgoing, Queue, Settlement
from plynx_common.testing.simulation.loop import SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.trace import Trace

CALL_LIMIT = 10.0
"""Seconds of patience with the broker, on every call."""
HEARTBEATS = 20.0
"""Seconds after which the broker closes the connection of a client that it does not hear."""


@dataclass(frozen=True, slots=True)
class BusFaults:
    """Probabilities per message, or per call."""

    lost: float = 0.0
    """A message published without confirm."""
    twice: float = 0.0
    """Delivered, and later once more."""
    disordered: float = 0.0
    """Any message of the queue is delivered, not the oldest."""
    refused: float = 0.0
    """A call fails, and nothing came of it."""
    unconfirmed: float = 0.0
    """A confirmed publish is done, and its confirm lost."""
    slow: float = 0.0
    longest: float = 5.0
    """Seconds between publishing and delivery, for the slow ones."""
    usual: float = 0.002

    @classmethod
    def draw(cls, random: Random) -> BusFaults:
        """A mix of its own for each seed: some kinds not at all, some often."""
        rates = [random.choice([0.0, 0.0, 0.01, 0.05, 0.2]) for _ in range(6)]
        return cls(*rates, longest=random.choice([0.5, 5.0, 20.0]), usual=random.choice([0.0, 0.001, 0.02]))


CALM = BusFaults()


class SimulatedBroker(MemoryBroker):
    """The broker itself; each process has its own connection (`connect`)."""

    def __init__(self, loop: SimulatedLoop, seed: int | str, trace: Trace) -> None:
        self.faults = CALM
        self.injected: Counter[str] = Counter()
        """Faults so far, by kind."""
        self.random = Random(f"bus {seed}")
        self.loop = loop
        self.trace = trace
        self.connections: list[SimulatedBus] = []
        self.on_said: list[Callable[[Outgoing], None]] = []
        """Called with each message that a process sends, whatever becomes of it on its way."""
        super().__init__()

    def connect(self, process: SimulatedProcess) -> SimulatedBus:
        connection = SimulatedBus(self, process)
        self.connections.append(connection)
        return connection

    def new_queue(self, spec: Queue, connection: object) -> BrokerQueue:
        return BagQueue(spec, connection, self.put_aside, self)

    def restart(self) -> None:
        """Messages that are not persistent are gone, and so are all connections."""
        self._forget_messages("restart", lambda entry: not entry.parcel.persistent)

    def wipe(self) -> None:
        """Every message is gone, persistent or not."""
        self._forget_messages("wipe", lambda _: True)

    def _forget_messages(self, how: str, is_lost: Callable[[Entry], bool]) -> None:
        self.injected[f"broker: {how}"] += 1
        self.trace.note("broker", how)
        for connection in tuple(self.connections):
            connection.break_down()
        for queue in self.every_queue():
            if isinstance(queue, BagQueue):
                queue.lose(is_lost)

    def happens(self, kind: str) -> bool:
        rate: float = getattr(self.faults, kind)
        if rate and self.random.random() < rate:
            self.injected[f"bus: {kind}"] += 1
            return True
        return False

    def delay(self) -> float:
        if self.happens("slow"):
            return self.random.uniform(0, self.faults.longest)
        return self.random.uniform(0, self.faults.usual)


class BagQueue(BrokerQueue):
    """Keeps the seam's promises and no more: what is in it comes out at least once, some time, in some order."""

    def __init__(self, spec: Queue, owner: object, put_aside: PutAside, broker: SimulatedBroker) -> None:
        super().__init__(spec, owner, put_aside)
        self._broker = broker
        self._bag: list[Entry] = []
        self._on_their_way: dict[int, Entry] = {}
        self._in_order: deque[int] = deque()
        self._last_arrival = 0.0

    def __len__(self) -> int:
        return len(self._bag) + len(self._on_their_way)

    def put(self, parcel: Parcel) -> bool:
        """Without faults the bag is a queue: only the slow ones are overtaken."""
        number = self._travel(parcel)
        loop, delay = self._broker.loop, self._broker.delay()
        if delay > self._broker.faults.usual:
            loop.call_later(delay, self._arrive, number, context=Context())
        else:
            self._in_order.append(number)
            self._last_arrival = max(loop.time() + delay, self._last_arrival)
            # Whichever of these callbacks runs first, the oldest arrives: the loop shuffles what is due together.
            loop.call_at(self._last_arrival, lambda: self._arrive(self._in_order.popleft()), context=Context())
        return True

    def _travel(self, parcel: Parcel) -> int:
        self._next_number += 1
        self._on_their_way[self._next_number] = Entry(self._next_number, parcel)
        return self._next_number

    def _arrive(self, number: int) -> None:
        entry = self._on_their_way.pop(number, None)
        if entry is not None:
            self._bag.append(entry)
            self.wake()

    def take_back(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            entry.redelivered = True
        self._bag[:0] = entries
        self.wake()

    def clear(self) -> None:
        super().clear()
        self._bag.clear()
        self._on_their_way.clear()

    def lose(self, is_lost: Callable[[Entry], bool]) -> None:
        self._bag = [entry for entry in self._bag if not is_lost(entry)]
        self._on_their_way = {number: entry for number, entry in self._on_their_way.items() if not is_lost(entry)}

    def wake(self) -> None:
        if not self._pump_is_due and self._consumers and self._bag:
            self._pump_is_due = True
            self._broker.loop.call_soon(self._pump, context=Context())

    def _pump(self) -> None:
        self._pump_is_due = False
        while self._bag and (consumer := self._next_ready_consumer()) is not None:
            consumer.deliver(self._take())

    def _take(self) -> Entry:
        broker = self._broker
        place = broker.random.randrange(len(self._bag)) if broker.happens("disordered") else 0
        entry = self._bag.pop(place)
        if broker.happens("twice"):
            again = self._travel(entry.parcel)
            self._on_their_way[again].redelivered = True
            broker.loop.call_later(broker.random.expovariate(1), self._arrive, again, context=Context())
        return entry


class SimulatedConsumer(MemoryConsumer):
    """On the other side of a line: what it gets and what it settles comes in order, late, or never."""

    def __init__(self, source: BrokerQueue, on_delivery: OnDelivery, prefetch: int, bus: SimulatedBus) -> None:
        super().__init__(source, self._deliver, prefetch, bus.forget)
        self._bus = bus
        self._handle = on_delivery
        self._arrived: deque[Delivery] = deque()

    @property
    def ready(self) -> bool:
        return self._bus.is_connected and super().ready

    def _deliver(self, delivery: Delivery) -> None:
        self._bus.when_reached(lambda: self._arrive(delivery))

    def _arrive(self, delivery: Delivery) -> None:
        self._arrived.append(delivery)
        self._bus.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """In the process, when it runs; the oldest first, whichever of these callbacks it is."""
        self._bus.note("deliver", self._arrived[0].message.type, self._arrived[0].queue)
        self._handle(self._arrived.popleft())

    def settle(self, delivery: MemoryDelivery, settlement: Settlement, reason: str) -> None:
        self._bus.when_reached(lambda: super(SimulatedConsumer, self).settle(delivery, settlement, reason))


class SimulatedBus(MemoryBus):
    """One connection of one process."""

    def __init__(self, broker: SimulatedBroker, process: SimulatedProcess) -> None:
        super().__init__(broker)
        self._world = broker
        self._process = process
        self.is_connected = True
        self._context = process.context()
        self._on_the_line: list[Callable[[], None]] = []
        process.on_death.append(self._die)
        process.on_silence.append(self._fall_silent)
        process.on_return.append(self._return)

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        world = self._world
        await self._reach()
        if confirm:
            await asyncio.sleep(world.delay())
            await self._reach()
        for watch in world.on_said:
            for message in messages:
                watch(message)
        arriving = [message for message in messages if confirm or message.persistent or not world.happens("lost")]
        for message in arriving:
            world.trace.note("publish", self._process, message.message.type, message.exchange, message.key)
        await super().publish(arriving, confirm=confirm)
        if confirm:
            await self._wait_for_confirm()

    async def _wait_for_confirm(self) -> None:
        if self._world.happens("unconfirmed"):
            await asyncio.sleep(CALL_LIMIT)
            raise BusUnavailable(f"no confirm within {CALL_LIMIT:g} s")
        await asyncio.sleep(self._world.delay())

    async def declare(self, queue: Queue) -> None:
        await self._reach()
        await super().declare(queue)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        await self._reach()
        await super().bind(queue, exchange, key)

    async def unbind(self, queue: str, exchange: str, key: str) -> None:
        await self._reach()
        await super().unbind(queue, exchange, key)

    async def delete(self, queue: str) -> None:
        await self._reach()
        await super().delete(queue)

    async def consume(self, queue: str, on_delivery: OnDelivery, *, prefetch: int) -> Consumer:
        await self._reach()
        return await super().consume(queue, on_delivery, prefetch=prefetch)

    def _new_consumer(self, source: BrokerQueue, on_delivery: OnDelivery, prefetch: int) -> MemoryConsumer:
        return SimulatedConsumer(source, on_delivery, prefetch, self)

    def call_soon(self, act: Callable[[], None]) -> None:
        """In the process."""
        self._world.loop.call_soon(act, context=self._context)

    def note(self, *words: object) -> None:
        self._world.trace.note(*words[:1], self._process, *words[1:])

    def when_reached(self, act: Callable[[], None]) -> None:
        """At once; where the line is dead when it is there again, unless the connection breaks before."""
        if self._process.reaches_bus and self._process.alive:
            act()
        else:
            self._on_the_line.append(act)

    def _return(self) -> None:
        waiting, self._on_the_line = self._on_the_line, []
        for act in waiting:
            act()

    async def depth(self, queue: str) -> int:
        await self._reach()
        return await super().depth(queue)

    async def _reach(self) -> None:
        if not self._process.alive:
            raise BusUnavailable("this process is dead")
        if not self._process.reaches_bus:
            await asyncio.sleep(CALL_LIMIT)
            raise BusUnavailable(f"the broker did not answer within {CALL_LIMIT:g} s")
        if not self.is_connected:
            raise BusUnavailable("the connection to the broker is lost, and not there again yet")
        if self._world.happens("refused"):
            raise BusUnavailable("the broker refused a call")

    async def close(self) -> None:
        await super().close()
        if self in self._world.connections:
            self._world.connections.remove(self)

    def break_down(self) -> None:
        """What was unsettled goes back, exclusive queues are gone; some time later the connection is there again."""
        if self._closed or not self.is_connected:
            return
        self._world.injected["bus: connection broken"] += 1
        self._world.trace.note("bus broken", self._process)
        self._on_the_line.clear()
        for consumer in self._consumers:
            consumer.give_back()
        self._world.delete_exclusive(self)
        self.is_connected = False
        self._world.loop.call_later(self._world.random.uniform(0.05, 5), self._come_back, context=self._context)

    def _come_back(self) -> None:
        """In the process: it connects again when it runs, and when there is a line."""
        if not self._process.reaches_bus:
            self._world.loop.call_later(1, self._come_back, context=self._context)
        elif not self._closed and not self.is_connected:
            self.is_connected = True
            self.note("bus back")
            for consumer in self._consumers:
                consumer.wake()
            for callback in self._on_reconnect:
                callback()

    def _fall_silent(self, seconds: float) -> None:
        """The broker closes the connection of a client that it has not heard for so long."""
        if seconds > HEARTBEATS:
            self._world.loop.call_later(HEARTBEATS, self.break_down, context=Context())

    def _die(self) -> None:
        """The broker notices at once, or only when no heartbeat comes."""
        notices_at_once = self._world.random.random() < 0.5
        self._world.loop.call_later(0 if notices_at_once else HEARTBEATS, self._be_gone, context=Context())

    def _be_gone(self) -> None:
        self._closed = True
        self._on_the_line.clear()
        for consumer in tuple(self._consumers):
            consumer.leave()
        self._world.delete_exclusive(self)
        if self in self._world.connections:
            self._world.connections.remove(self)
