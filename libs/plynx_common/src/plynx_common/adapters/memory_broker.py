"""The broker inside a process: exchanges, queues, dead letters; its connections are `MemoryBus`es."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from plynx_common.adapters.letters import letter
from plynx_common.adapters.memory_queue import BrokerQueue, Parcel
from plynx_common.adapters.topics import topic_matches
from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.interfaces.bus import Outgoing, Queue
from plynx_common.messages.base import encode
from plynx_common.messages.routes import DEAD_LETTERS, DIRECT_TO_QUEUE, EXCHANGES, PARKED

CACHED_ROUTES = 4096

log = structlog.get_logger()


class MemoryBroker:
    """What outlives a connection. One event loop, no threads, no time, nothing that depends on hash order."""

    def __init__(self) -> None:
        self.published = 0
        """Messages handed in so far."""
        self._queues: dict[str, BrokerQueue] = {}
        self._bindings: dict[str, dict[tuple[str, str], BrokerQueue]] = {name: {} for name in EXCHANGES}
        self._routes: dict[tuple[str, str], tuple[BrokerQueue, ...]] = {}
        for name in (DEAD_LETTERS, PARKED):
            self.declare(Queue(name, durable=True), None)

    def queue(self, name: str, connection: object) -> BrokerQueue:
        queue = self._queues.get(name)
        if queue is None:
            raise NotFound(f"no queue '{name}': declare it first")
        if queue.spec.exclusive and queue.owner is not connection:
            raise Conflict(f"queue '{name}' is exclusive to another connection")
        return queue

    def every_queue(self) -> list[BrokerQueue]:
        return list(self._queues.values())

    def depth(self, name: str) -> int:
        return len(self._queues.get(name, ()))

    def declare(self, spec: Queue, connection: object) -> None:
        if spec.name not in self._queues:
            self._queues[spec.name] = self.new_queue(spec, connection)
            self._routes.pop((DIRECT_TO_QUEUE, spec.name), None)
        elif (existing := self.queue(spec.name, connection).spec) != spec:
            raise Conflict(f"queue '{spec.name}' exists as {existing}, and was declared as {spec}")

    def new_queue(self, spec: Queue, connection: object) -> BrokerQueue:
        return BrokerQueue(spec, connection, self.put_aside)

    def delete(self, name: str, connection: object) -> None:
        if name in self._queues:
            self._forget(self.queue(name, connection))

    def delete_exclusive(self, connection: object) -> None:
        for queue in [queue for queue in self._queues.values() if queue.spec.exclusive]:
            if queue.owner is connection:
                self._forget(queue)

    def _forget(self, queue: BrokerQueue) -> None:
        del self._queues[queue.spec.name]
        for bindings in self._bindings.values():
            for binding in [binding for binding in bindings if binding[1] == queue.spec.name]:
                del bindings[binding]
        self._routes.clear()
        queue.clear()

    def bind(self, name: str, exchange: str, key: str, connection: object) -> None:
        self._bindings_of(exchange)[key, name] = self.queue(name, connection)
        self._routes.clear()

    def unbind(self, name: str, exchange: str, key: str) -> None:
        self._bindings_of(exchange).pop((key, name), None)
        self._routes.clear()

    def _bindings_of(self, exchange: str) -> dict[tuple[str, str], BrokerQueue]:
        if exchange not in self._bindings:
            raise NotFound(f"no exchange '{exchange}': it must be one of {', '.join(EXCHANGES)}")
        return self._bindings[exchange]

    def publish(self, outgoing: Outgoing) -> bool:
        """Whether a queue received it, and none refused it."""
        self.published += 1
        exchange, key = outgoing.exchange, outgoing.key
        queues = self._routes.get((exchange, key))
        if queues is None:
            queues = self._route(exchange, key)
        if not queues:
            return False  # nobody would decode it: not even encoded
        body = encode(outgoing.message)
        parcel = Parcel(body, exchange, key, outgoing.reply_to, outgoing.message_id, outgoing.persistent)
        return self._put(parcel, queues)

    def _put(self, parcel: Parcel, queues: Collection[BrokerQueue]) -> bool:
        taken = True
        for queue in queues:
            taken = queue.put(parcel) and taken
        return taken

    def _route(self, exchange: str, key: str) -> tuple[BrokerQueue, ...]:
        if exchange == DIRECT_TO_QUEUE:
            found = {key: self._queues[key]} if key in self._queues else {}
        else:
            matches = topic_matches if EXCHANGES.get(exchange) == "topic" else str.__eq__
            bindings = self._bindings_of(exchange)
            found = {name: queue for (pattern, name), queue in bindings.items() if matches(pattern, key)}
        if len(self._routes) >= CACHED_ROUTES:
            self._routes.clear()
        return self._routes.setdefault((exchange, key), tuple(found.values()))

    def put_aside(self, queue: str, parcel: Parcel, target: str, reason: str) -> None:
        log.warning("message_put_aside", queue=queue, into=target, reason=reason, message_id=parcel.message_id)
        self.publish(letter(queue, parcel, target, reason))
