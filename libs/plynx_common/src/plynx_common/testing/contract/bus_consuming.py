"""Promises of every bus about deliveries: order, turns, prefetch, settling."""

from __future__ import annotations

import asyncio

import pytest

from plynx_common.interfaces.bus import Delivery, MessageBus, Outgoing, Settlement
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.testing.contract.bus_inbox import WORK, Connect, Inbox, everything_arrived, look, queue_with, to
from plynx_common.testing.eventually import eventually


class ConsumingContract:
    @pytest.fixture
    async def bus(self, connect: Connect) -> MessageBus:
        return await connect()

    async def test_a_message_arrives_as_it_was_sent_but_is_another_object(self, bus: MessageBus) -> None:
        sent = look("r1")
        await bus.declare(WORK)
        await bus.publish([Outgoing(sent, DIRECT_TO_QUEUE, WORK.name, reply_to="me", message_id="id-1")])
        inbox = Inbox()
        await bus.consume(WORK.name, inbox, prefetch=1)
        got = (await inbox.has(1))[0]
        assert got.message == sent
        assert got.message is not sent
        assert (got.reply_to, got.message_id, got.queue, got.redelivered) == ("me", "id-1", WORK.name, False)

    async def test_messages_of_one_queue_arrive_in_order(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        inbox = Inbox(Settlement.ACK)
        await bus.consume(WORK.name, inbox, prefetch=7)
        for start in range(0, 300, 30):
            await bus.publish(to(WORK.name, *range(start, start + 30)))
        await inbox.has(300)
        assert inbox.runs == [str(number) for number in range(300)]

    async def test_competing_consumers_take_turns(self, connect: Connect, bus: MessageBus) -> None:
        await bus.declare(WORK)
        first, second = Inbox(Settlement.ACK), Inbox(Settlement.ACK)
        await bus.consume(WORK.name, first, prefetch=1)
        await (await connect()).consume(WORK.name, second, prefetch=1)
        await bus.publish(to(WORK.name, *range(100)), confirm=True)
        await eventually(lambda: len(first.runs) + len(second.runs) == 100, story="all are delivered once")
        assert sorted(map(int, first.runs + second.runs)) == list(range(100))
        assert min(len(first.runs), len(second.runs)) >= 25

    async def test_no_more_than_prefetch_are_unsettled(self, bus: MessageBus) -> None:
        await queue_with(bus, *range(5))
        inbox = Inbox()
        await bus.consume(WORK.name, inbox, prefetch=2)
        await inbox.has(2)
        await everything_arrived(bus)
        assert (inbox.runs, await bus.depth(WORK.name)) == (["0", "1"], 3)
        inbox.deliveries[1].settle(Settlement.ACK)
        await inbox.has(3)
        await everything_arrived(bus)
        assert inbox.runs == ["0", "1", "2"]

    async def test_a_full_consumer_does_not_hold_up_the_others(self, connect: Connect, bus: MessageBus) -> None:
        await queue_with(bus, *range(10))
        full, free = Inbox(), Inbox(Settlement.ACK)
        await bus.consume(WORK.name, full, prefetch=1)
        await full.has(1)
        await (await connect()).consume(WORK.name, free, prefetch=1)
        await free.has(9)
        assert full.runs == ["0"]

    async def test_without_prefetch_nothing_needs_settling(self, bus: MessageBus) -> None:
        await queue_with(bus, *range(5))
        inbox = Inbox()
        consumer = await bus.consume(WORK.name, inbox, prefetch=0)
        await inbox.has(5)
        inbox.deliveries[0].settle(Settlement.ACK)
        await consumer.cancel()
        assert await bus.depth(WORK.name) == 0

    async def test_what_is_retried_comes_again_before_what_waits(self, bus: MessageBus) -> None:
        await queue_with(bus, 1, 2, 3)
        inbox = Inbox()
        await bus.consume(WORK.name, inbox, prefetch=1)
        (await inbox.has(1))[0].settle(Settlement.RETRY)
        (await inbox.has(2))[1].settle(Settlement.ACK)
        await inbox.has(3)
        assert inbox.runs == ["1", "1", "2"]
        assert [delivery.redelivered for delivery in inbox.deliveries] == [False, True, False]

    async def test_cancel_puts_unsettled_deliveries_back_in_their_order(self, bus: MessageBus) -> None:
        await queue_with(bus, *range(6))
        inbox = Inbox()
        consumer = await bus.consume(WORK.name, inbox, prefetch=4)
        (await inbox.has(4))[1].settle(Settlement.ACK)
        await consumer.cancel()
        await eventually(lambda: self._depth_is(bus, 4 + 1), story="what was unsettled waits again")
        inbox.deliveries[0].settle(Settlement.ACK)  # too late: it went back
        again = Inbox(Settlement.ACK)
        await bus.consume(WORK.name, again, prefetch=1)
        await again.has(5)
        assert again.runs == ["0", "2", "3", "4", "5"]
        assert [delivery.redelivered for delivery in again.deliveries] == [True, True, True, False, False]

    async def _depth_is(self, bus: MessageBus, depth: int) -> bool:
        return await bus.depth(WORK.name) == depth

    async def test_what_a_closed_connection_held_goes_to_the_others(self, connect: Connect, bus: MessageBus) -> None:
        await queue_with(bus, *range(4))
        dying, living = await connect(), Inbox(Settlement.ACK)
        held = Inbox()
        await dying.consume(WORK.name, held, prefetch=2)
        await held.has(2)
        await dying.close()
        await bus.consume(WORK.name, living, prefetch=10)
        await living.has(4)
        assert living.runs == ["0", "1", "2", "3"]

    async def test_a_cancelled_consumer_gets_nothing_more(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        inbox = Inbox(Settlement.ACK)
        consumer = await bus.consume(WORK.name, inbox, prefetch=1)
        await bus.publish(to(WORK.name, 1), confirm=True)
        await consumer.cancel()
        seen = len(inbox.deliveries)
        await bus.publish(to(WORK.name, 2), confirm=True)
        await everything_arrived(bus)
        assert len(inbox.deliveries) == seen
        assert await bus.depth(WORK.name) == 2 - seen

    async def test_a_paused_consumer_waits_until_it_is_resumed(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        inbox = Inbox(Settlement.ACK)
        consumer = await bus.consume(WORK.name, inbox, prefetch=1)
        consumer.pause()
        await bus.publish(to(WORK.name, 1, 2), confirm=True)
        await everything_arrived(bus)
        assert inbox.runs == []
        consumer.resume()
        await inbox.has(2)

    async def test_settling_twice_is_a_mistake_that_shows(self, bus: MessageBus) -> None:
        await queue_with(bus, 1)
        inbox = Inbox(Settlement.ACK)
        await bus.consume(WORK.name, inbox, prefetch=1)
        with pytest.raises(RuntimeError, match="twice"):
            (await inbox.has(1))[0].settle(Settlement.ACK)

    async def test_a_handler_that_raises_does_not_stop_the_others(self, bus: MessageBus) -> None:
        inbox = Inbox(Settlement.ACK)
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))

        def fail_first(delivery: Delivery) -> None:
            inbox(delivery)
            if len(inbox.deliveries) == 1:
                raise ValueError("the first one")

        await queue_with(bus, *range(3))
        await bus.consume(WORK.name, fail_first, prefetch=10)
        await inbox.has(3)
        await eventually(lambda: raised, story="the loop was told")

    async def test_the_depth_of_an_absent_queue_is_nothing(self, bus: MessageBus) -> None:
        assert await bus.depth("absent") == 0

    async def test_ten_thousand_messages_are_quick(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        inbox = Inbox(Settlement.ACK)
        await bus.consume(WORK.name, inbox, prefetch=64)
        for start in range(0, 10_000, 100):
            await bus.publish(to(WORK.name, *range(start, start + 100)))
        await inbox.has(10_000, within=30)
        assert inbox.runs == [str(number) for number in range(10_000)]
