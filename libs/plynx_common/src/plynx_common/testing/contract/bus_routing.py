"""Promises of every bus about exchanges, bindings, queues and connections."""

from __future__ import annotations

import pytest

from plynx_common.domain.errors import BusUnavailable, Conflict, NotFound
from plynx_common.interfaces.bus import MessageBus, Outgoing, Queue
from plynx_common.messages.routes import CALLS, FACTS, LOGS, READY
from plynx_common.testing.contract.bus_inbox import WORK, Connect, Inbox, everything_arrived, look, queue_with, to


class RoutingContract:
    @pytest.fixture
    async def bus(self, connect: Connect) -> MessageBus:
        return await connect()

    async def tail(self, bus: MessageBus, exchange: str, *keys: str) -> Inbox:
        inbox = Inbox()
        queue = f"tail-{exchange}-{'-'.join(keys)}".replace("*", "any")
        await bus.declare(Queue(queue, exclusive=True))
        for key in keys:
            await bus.bind(queue, exchange, key)
        await bus.consume(queue, inbox, prefetch=0)
        return inbox

    async def test_a_direct_exchange_routes_by_the_whole_key(self, bus: MessageBus) -> None:
        first, second = await self.tail(bus, CALLS, "calls.1"), await self.tail(bus, CALLS, "calls.2", "calls.3")
        await bus.publish([Outgoing(look(key), CALLS, key) for key in ("calls.1", "calls.2", "calls.3", "calls.#")])
        await first.has(1)
        await second.has(2)
        await everything_arrived(bus)
        assert (first.runs, second.runs) == (["calls.1"], ["calls.2", "calls.3"])

    @pytest.mark.parametrize(
        ("pattern", "reached"),
        [
            ("log.a.b", ["log.a.b"]),
            ("log.*.b", ["log.a.b", "log.c.b"]),
            ("log.#", ["log", "log.a", "log.a.b", "log.c.b", "log.a.b.c"]),
            ("#.b", ["log.a.b", "log.c.b"]),
            ("*.a", ["log.a"]),
            ("log.#.c", ["log.a.b.c"]),
            ("#", ["log", "log.a", "log.a.b", "log.c.b", "log.a.b.c"]),
        ],
    )
    async def test_a_topic_exchange_routes_by_words(self, bus: MessageBus, pattern: str, reached: list[str]) -> None:
        inbox = await self.tail(bus, LOGS, pattern)
        keys = ["log", "log.a", "log.a.b", "log.c.b", "log.a.b.c"]
        await bus.publish([Outgoing(look(key), LOGS, key) for key in keys])
        await inbox.has(len(reached))
        await everything_arrived(bus)
        assert inbox.runs == reached

    async def test_each_bound_queue_gets_one_copy(self, bus: MessageBus) -> None:
        twice, once = await self.tail(bus, FACTS, "run.#", "run.a.*"), await self.tail(bus, FACTS, "run.a.r")
        await bus.publish([Outgoing(look("r"), FACTS, "run.a.r")])
        await twice.has(1)
        await once.has(1)
        await everything_arrived(bus)
        assert (twice.runs, once.runs) == (["r"], ["r"])

    async def test_after_unbind_nothing_comes_by_that_key(self, bus: MessageBus) -> None:
        inbox = await self.tail(bus, CALLS, "calls.1", "calls.2")
        await bus.publish([Outgoing(look("before"), CALLS, "calls.1")])
        await inbox.has(1)
        await bus.unbind("tail-plynx.calls-calls.1-calls.2", CALLS, "calls.1")
        await bus.publish([Outgoing(look(key), CALLS, key) for key in ("calls.1", "calls.2")])
        await inbox.has(2)
        await everything_arrived(bus)
        assert inbox.runs == ["before", "calls.2"]

    async def test_a_binding_made_after_a_lost_message_counts(self, bus: MessageBus) -> None:
        await bus.publish([Outgoing(look("lost"), READY, "a/b")])
        await everything_arrived(bus)
        inbox = await self.tail(bus, READY, "a/b")
        await bus.publish([Outgoing(look("found"), READY, "a/b")])
        await inbox.has(1)
        assert inbox.runs == ["found"]

    async def test_a_confirmed_message_that_no_queue_received_raises_and_the_others_arrive(
        self, bus: MessageBus
    ) -> None:
        await bus.declare(WORK)
        messages = [*to(WORK.name, 1), *to("nowhere", 2), *to(WORK.name, 3)]
        with pytest.raises(BusUnavailable, match="nowhere"):
            await bus.publish(messages, confirm=True)
        inbox = Inbox()
        await bus.consume(WORK.name, inbox, prefetch=0)
        await inbox.has(2)
        assert inbox.runs == ["1", "3"]

    async def test_an_unconfirmed_message_that_no_queue_received_is_dropped_silently(self, bus: MessageBus) -> None:
        await bus.publish([*to("nowhere", 1), Outgoing(look(1), CALLS, "calls.7")])

    async def test_declaring_again_changes_nothing_and_declaring_otherwise_is_refused(self, bus: MessageBus) -> None:
        await queue_with(bus, 1)
        await bus.declare(WORK)
        assert await bus.depth(WORK.name) == 1
        with pytest.raises(Conflict, match="work"):
            await bus.declare(Queue(WORK.name, durable=True))

    async def test_binding_or_consuming_an_absent_queue_names_it(self, bus: MessageBus) -> None:
        with pytest.raises(NotFound, match="absent"):
            await bus.bind("absent", CALLS, "calls.1")
        with pytest.raises(NotFound, match="absent"):
            await bus.consume("absent", Inbox(), prefetch=0)

    async def test_a_deleted_queue_is_gone_with_its_messages_and_bindings(self, bus: MessageBus) -> None:
        await queue_with(bus, 1)
        await bus.bind(WORK.name, CALLS, "calls.1")
        await bus.delete(WORK.name)
        await bus.delete(WORK.name)
        with pytest.raises(BusUnavailable):
            await bus.publish([Outgoing(look(2), CALLS, "calls.1")], confirm=True)
        await bus.declare(WORK)
        assert await bus.depth(WORK.name) == 0

    async def test_an_exclusive_queue_belongs_to_its_connection(self, connect: Connect, bus: MessageBus) -> None:
        await bus.declare(Queue("mine", exclusive=True))
        other = await connect()
        with pytest.raises(Conflict, match="mine"):
            await other.declare(Queue("mine", exclusive=True))
        with pytest.raises(Conflict, match="mine"):
            await other.consume("mine", Inbox(), prefetch=0)
        await other.publish(to("mine", 1), confirm=True)
        inbox = Inbox()
        await bus.consume("mine", inbox, prefetch=0)
        assert (await inbox.has(1))[0].queue == "mine"

    async def test_an_exclusive_queue_is_gone_with_its_connection(self, connect: Connect, bus: MessageBus) -> None:
        other = await connect()
        await other.declare(Queue("mine", exclusive=True))
        await other.bind("mine", CALLS, "calls.1")
        await other.close()
        with pytest.raises(BusUnavailable):
            await bus.publish(to("mine", 1), confirm=True)
        with pytest.raises(BusUnavailable):
            await bus.publish([Outgoing(look(1), CALLS, "calls.1")], confirm=True)

    async def test_a_closed_bus_says_so(self, connect: Connect) -> None:
        bus = await connect()
        await bus.close()
        await bus.close()
        with pytest.raises(BusUnavailable, match="closed"):
            await bus.publish(to("work", 1))
