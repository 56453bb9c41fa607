"""Counts what crosses the seams: messages, calls of the document store, HTTP requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Outgoing, Queue
from plynx_common.interfaces.documents import Document, DocumentStore, Index, Outcome, Sort, Where, Write
from plynx_common.runtime.telemetry import METRICS, Metrics

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class CountedBus:
    """A `MessageBus` that counts published messages and the calls that publish them."""

    def __init__(self, bus: MessageBus, metrics: Metrics = METRICS) -> None:
        self._bus = bus
        self._messages = metrics.counter("plynx_bus_messages", "Messages published.")
        self._publishes = metrics.counter("plynx_bus_publishes", "Calls that publish one or more messages.")

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        self._publishes.inc()
        self._messages.inc(len(messages))
        await self._bus.publish(messages, confirm=confirm)

    async def declare(self, queue: Queue) -> None:
        await self._bus.declare(queue)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        await self._bus.bind(queue, exchange, key)

    async def unbind(self, queue: str, exchange: str, key: str) -> None:
        await self._bus.unbind(queue, exchange, key)

    async def delete(self, queue: str) -> None:
        await self._bus.delete(queue)

    async def consume(self, queue: str, on_delivery: Callable[[Delivery], None], *, prefetch: int) -> Consumer:
        return await self._bus.consume(queue, on_delivery, prefetch=prefetch)

    async def depth(self, queue: str) -> int:
        return await self._bus.depth(queue)

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        self._bus.on_reconnect(callback)

    async def close(self) -> None:
        await self._bus.close()


class CountedDocuments:
    """A `DocumentStore` that counts its calls, which are round trips to a server, and the writes in them."""

    def __init__(self, documents: DocumentStore, metrics: Metrics = METRICS) -> None:
        self._documents = documents
        calls = metrics.counter("plynx_documents_calls", "Calls of the document store, by kind.", ("call",))
        self._gets, self._finds, self._counts, self._bulks = map(calls.labels, ("get", "find", "count", "write"))
        self._writes = metrics.counter("plynx_documents_writes", "Single writes, in all calls together.")

    async def get(self, collection: str, id: str) -> Document | None:
        self._gets.inc()
        return await self._documents.get(collection, id)

    async def find(
        self,
        collection: str,
        where: Where,
        *,
        sort: Sort = Sort(),
        limit: int | None = None,
        after: tuple[Any, str] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        self._finds.inc()
        return await self._documents.find(collection, where, sort=sort, limit=limit, after=after, fields=fields)

    async def count(self, collection: str, where: Where) -> int:
        self._counts.inc()
        return await self._documents.count(collection, where)

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self._bulks.inc()
        self._writes.inc(len(batch))
        return await self._documents.write(batch)

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        await self._documents.ensure_indexes(indexes)

    async def close(self) -> None:
        await self._documents.close()


def counted_http(app: App, server: str, metrics: Metrics = METRICS) -> App:
    """An ASGI application that counts the requests it gets, as those of `server`."""
    requests = metrics.counter("plynx_http_requests", "HTTP requests and websockets, by server.", ("server",))
    mine = requests.labels(server)

    async def counted(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            mine.inc()
        await app(scope, receive, send)

    return counted
