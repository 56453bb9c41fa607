"""What every message bus promises; an adapter joins with a subclass and one fixture, `connect`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from plynx_common.interfaces.bus import MessageBus, Outgoing, Queue, Settlement
from plynx_common.messages.base import decode
from plynx_common.messages.routes import DEAD_LETTERS, DIRECT_TO_QUEUE, PARKED
from plynx_common.messages.undelivered import Undelivered
from plynx_common.testing.contract.bus_consuming import ConsumingContract
from plynx_common.testing.contract.bus_inbox import (
    WORK,
    Connect,
    Inbox,
    everything_arrived,
    look,
    queue_with,
    stranger,
    to,
)
from plynx_common.testing.contract.bus_routing import RoutingContract


class UndeliveredContract:
    @pytest.fixture
    async def bus(self, connect: Connect) -> MessageBus:
        return await connect()

    async def letters(self, bus: MessageBus, queue: str, count: int) -> Sequence[Undelivered]:
        inbox = Inbox(Settlement.ACK)
        consumer = await bus.consume(queue, inbox, prefetch=10)
        await inbox.has(count)
        await consumer.cancel()
        return [cast("Undelivered", delivery.message) for delivery in inbox.deliveries]

    async def test_what_is_rejected_lies_in_the_dead_letters_with_its_reason(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        await bus.publish([Outgoing(look("bad"), DIRECT_TO_QUEUE, WORK.name, reply_to="me", message_id="id-1")])
        inbox = Inbox()
        await bus.consume(WORK.name, inbox, prefetch=1)
        (await inbox.has(1))[0].settle(Settlement.REJECT, "no such pool 'x'")
        letter = (await self.letters(bus, DEAD_LETTERS, 1))[0]
        assert (letter.reason, letter.queue, letter.key) == ("no such pool 'x'", WORK.name, WORK.name)
        assert (letter.reply_to, letter.message_id) == ("me", "id-1")
        assert decode(letter.body.encode("latin-1")) == look("bad")

    async def test_what_is_rejected_from_a_queue_without_dead_letters_is_dropped(self, bus: MessageBus) -> None:
        await bus.declare(Queue("own", exclusive=True))
        await bus.consume("own", Inbox(Settlement.REJECT), prefetch=1)
        await bus.publish(to("own", 1), confirm=True)
        await everything_arrived(bus)
        assert await bus.depth(DEAD_LETTERS) == await bus.depth("own") == 0

    async def test_what_is_retried_for_ever_ends_in_the_dead_letters(self, bus: MessageBus) -> None:
        await queue_with(bus, "poison")
        inbox = Inbox(Settlement.RETRY)
        await bus.consume(WORK.name, inbox, prefetch=1)
        letter = (await self.letters(bus, DEAD_LETTERS, 1))[0]
        assert "20 times" in letter.reason
        assert len(inbox.deliveries) == 21
        assert await bus.depth(WORK.name) == 0

    @pytest.mark.parametrize(("type", "version"), [("run.look", 1), ("run.look", 0), ("no.such.type", 1)])
    async def test_what_nobody_can_decode_goes_to_the_dead_letters_at_once(
        self, bus: MessageBus, type: str, version: int
    ) -> None:
        await bus.declare(WORK)
        inbox = Inbox(Settlement.ACK)
        await bus.consume(WORK.name, inbox, prefetch=1)
        await bus.publish([Outgoing(stranger(type, version), DIRECT_TO_QUEUE, WORK.name), *to(WORK.name, "next")])
        await inbox.has(1)
        assert inbox.runs == ["next"]
        letter = (await self.letters(bus, DEAD_LETTERS, 1))[0]
        assert type in letter.reason
        assert letter.queue == WORK.name

    async def test_a_version_newer_than_ours_is_parked(self, bus: MessageBus) -> None:
        await bus.declare(WORK)
        await bus.consume(WORK.name, Inbox(Settlement.ACK), prefetch=1)
        await bus.publish([Outgoing(stranger("run.look", 99), DIRECT_TO_QUEUE, WORK.name)])
        letter = (await self.letters(bus, PARKED, 1))[0]
        assert "version 99" in letter.reason
        assert await bus.depth(DEAD_LETTERS) == 0


class MessageBusContract(RoutingContract, ConsumingContract, UndeliveredContract):
    """Needs a fixture `connect`: `async () -> MessageBus`, each a connection of its own to one fresh broker."""
