"""What crosses the seams is counted, and otherwise untouched."""

from __future__ import annotations

from typing import Any

from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.interfaces.bus import Delivery, MessageBus, Outgoing, Queue
from plynx_common.interfaces.documents import DocumentStore, Insert, Outcome
from plynx_common.messages.runs import RunLook
from plynx_common.runtime.counting import CountedBus, CountedDocuments, counted_http
from plynx_common.runtime.telemetry import Metrics
from plynx_common.testing.eventually import eventually


def counted(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"{name}_total", labels)


async def test_each_message_and_each_publish_is_counted() -> None:
    metrics = Metrics()
    bus: MessageBus = CountedBus(MemoryBus(), metrics)
    got: list[Delivery] = []
    await bus.declare(Queue("q"))
    await bus.consume("q", got.append, prefetch=0)
    await bus.publish([Outgoing(RunLook(run=run, partition=0), "", "q") for run in ("a", "b")])
    await eventually(lambda: len(got) == 2)
    await bus.close()
    assert counted(metrics, "plynx_bus_messages") == 2
    assert counted(metrics, "plynx_bus_publishes") == 1


async def test_round_trips_to_the_store_are_counted_by_kind_and_the_writes_in_them() -> None:
    metrics = Metrics()
    documents: DocumentStore = CountedDocuments(MemoryDocuments(), metrics)
    outcomes = await documents.write([Insert("things", {"_id": "a"}), Insert("things", {"_id": "b"})])
    assert outcomes == [Outcome.STORED, Outcome.STORED]
    assert await documents.get("things", "a") == {"_id": "a"}
    assert len(await documents.find("things", {}, limit=1)) == 1
    await documents.close()
    calls = {call: counted(metrics, "plynx_documents_calls", call=call) for call in ("get", "find", "count", "write")}
    assert calls == {"get": 1, "find": 1, "count": 0, "write": 1}
    assert counted(metrics, "plynx_documents_writes") == 2


async def test_requests_are_counted_by_server() -> None:
    metrics = Metrics()
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    application = counted_http(app, "transfers", metrics)
    for kind in ("lifespan", "http", "websocket"):
        await application({"type": kind}, None, None)
    assert seen == ["lifespan", "http", "websocket"]
    assert counted(metrics, "plynx_http_requests", server="transfers") == 2
