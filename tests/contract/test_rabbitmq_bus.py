"""The bus over RabbitMQ keeps what every bus promises, and comes back when its broker does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import urlsplit

import aiormq
import pytest
import structlog

from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.domain.errors import BusUnavailable, Misconfigured
from plynx_common.interfaces.bus import MessageBus, Outgoing, Queue, Settlement
from plynx_common.messages.routes import CALLS, DEAD_LETTERS, DIRECT_TO_QUEUE
from plynx_common.testing.contract.bus import MessageBusContract
from plynx_common.testing.contract.bus_inbox import WORK, Connect, Inbox, look, queue_with, to
from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.fixtures import StartServer
from plynx_common.testing.servers.rabbitmq import VHOST, RabbitMQ
from tests.contract.wire import Wire

QUORUM = Queue("results.0", durable=True, quorum=True, dead_letter=True)


@pytest.fixture
async def connect(amqp_url: str) -> AsyncGenerator[Connect]:
    async with AsyncExitStack() as stack:

        async def connect() -> MessageBus:
            bus = await RabbitMQBus.open(amqp_url)
            stack.push_async_callback(bus.close)
            return bus

        yield connect


@pytest.fixture
async def wire(amqp_url: str) -> AsyncGenerator[Wire]:
    async with Wire(amqp_url) as wire:
        yield wire


@pytest.fixture
async def bus(wire: Wire) -> AsyncGenerator[RabbitMQBus]:
    """Over a wire that can be cut."""
    bus = await RabbitMQBus.open(wire.url, limit=1.0)
    yield bus
    await bus.close()


class TestRabbitMQBus(MessageBusContract):
    pass


async def test_what_a_cut_connection_had_not_settled_comes_again(wire: Wire, bus: RabbitMQBus) -> None:
    inbox, called = Inbox(), list[int]()
    await queue_with(bus, 1, 2)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await inbox.has(1)
    bus.on_reconnect(lambda: called.append(len(inbox.deliveries)))
    wire.cut()
    await inbox.has(2)
    inbox.deliveries[0].settle(Settlement.ACK)  # of the old connection: the broker does not hear it
    inbox.deliveries[1].settle(Settlement.ACK)
    await inbox.has(3)
    assert inbox.runs == ["1", "1", "2"]
    assert called == [1], "its owner is told once, and before anything is delivered again"


async def test_exclusive_queues_are_gone_with_a_cut_connection(wire: Wire, bus: RabbitMQBus) -> None:
    inbox, called = Inbox(), list[int]()
    bus.on_reconnect(lambda: called.append(1))
    await bus.declare(Queue("mine", exclusive=True))
    consumer = await bus.consume("mine", inbox, prefetch=1)
    wire.cut()
    await eventually(lambda: called, story="the owner is told")
    with pytest.raises(BusUnavailable, match="mine"):
        await bus.publish(to("mine", 1), confirm=True)
    await consumer.cancel()
    await bus.declare(Queue("mine-2", exclusive=True))
    await bus.consume("mine-2", inbox, prefetch=1)
    await bus.publish(to("mine-2", 2))
    await inbox.has(1)


async def test_every_call_is_refused_while_the_connection_is_lost(wire: Wire, bus: RabbitMQBus) -> None:
    await bus.declare(WORK)
    wire.hold()
    wire.cut()
    with pytest.raises(BusUnavailable, match="lost"):
        await eventually(lambda: bus.publish(to(WORK.name, 1)))
    with pytest.raises(BusUnavailable, match="lost"):
        await bus.declare(WORK)
    wire.release()
    await eventually(lambda: _answers(bus), within=15, story="it is there again")


async def test_no_call_outlasts_its_limit(wire: Wire, bus: RabbitMQBus) -> None:
    await queue_with(bus, 0)
    await bus.publish(to(WORK.name, 0))
    consumer = await bus.consume(WORK.name, Inbox(), prefetch=1)
    wire.hold()
    await bus.publish(to(WORK.name, 1))
    calls = [
        bus.publish(to(WORK.name, 2), confirm=True),
        bus.declare(WORK),
        bus.bind(WORK.name, CALLS, "calls.1"),
        bus.depth(WORK.name),
        bus.consume(WORK.name, Inbox(), prefetch=1),
        consumer.cancel(),
    ]
    results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert [type(result) for result in results] == [BusUnavailable] * len(calls)
    assert all("within 1 s" in str(result) for result in results)
    wire.release()
    await eventually(lambda: _answers(bus), within=15, story="it answers again")


async def _answers(bus: RabbitMQBus) -> bool:
    try:
        await bus.publish(to(WORK.name, 3), confirm=True)
    except BusUnavailable as error:
        raise AssertionError(error.message) from error
    return True


async def test_messages_of_one_id_are_told_apart_when_one_is_lost(connect: Connect) -> None:
    bus = await connect()
    await bus.declare(WORK)
    keys = ("nowhere", WORK.name, "nowhere", WORK.name)
    messages = [Outgoing(look(key), DIRECT_TO_QUEUE, key, message_id="same") for key in keys]
    with pytest.raises(BusUnavailable, match=r"2 of 4 .* 'nowhere'"):
        await bus.publish(messages, confirm=True)
    assert await bus.depth(WORK.name) == 2


async def test_a_message_that_cannot_be_sent_does_not_confuse_the_others(connect: Connect) -> None:
    bus = await connect()
    await bus.declare(WORK)
    with pytest.raises(TypeError, match="255"):
        await bus.publish([*to(WORK.name, 1), *to("x" * 300, 2)], confirm=True)
    await bus.publish(to(WORK.name, 3), confirm=True)
    assert await bus.depth(WORK.name) == 1


async def test_a_message_larger_than_a_frame_arrives_whole(connect: Connect) -> None:
    bus, inbox = await connect(), Inbox(Settlement.ACK)
    long = "x" * 1_000_000
    await queue_with(bus, long)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await inbox.has(1)
    assert inbox.runs == [long]


async def test_an_empty_batch_is_published_at_once(connect: Connect) -> None:
    await (await connect()).publish([], confirm=True)


async def test_a_resumed_consumer_has_no_more_than_its_prefetch(connect: Connect) -> None:
    bus, inbox = await connect(), Inbox()
    await queue_with(bus, *range(5))
    consumer = await bus.consume(WORK.name, inbox, prefetch=2)
    await inbox.has(2)
    consumer.pause()
    consumer.resume()
    inbox.deliveries[0].settle(Settlement.ACK)
    await inbox.has(3)
    await eventually(lambda: bus.depth(WORK.name), story="the broker has been heard")
    assert len(inbox.deliveries) == 3


async def test_what_comes_to_a_paused_consumer_goes_to_the_others(connect: Connect) -> None:
    bus, paused, other = await connect(), Inbox(), Inbox(Settlement.ACK)
    await bus.declare(WORK)
    consumer = await bus.consume(WORK.name, paused, prefetch=10)
    await bus.publish(to(WORK.name, 1, 2, 3), confirm=True)
    consumer.pause()
    await bus.consume(WORK.name, other, prefetch=10)
    await eventually(lambda: len(paused.deliveries) + len(other.deliveries) == 3)


async def test_a_consumer_whose_queue_somebody_deleted_comes_back_with_the_queue(connect: Connect) -> None:
    bus, inbox = await connect(), Inbox(Settlement.ACK)
    await bus.declare(WORK)
    await bus.bind(WORK.name, CALLS, "calls.1")
    await bus.consume(WORK.name, inbox, prefetch=1)
    await (await connect()).delete(WORK.name)
    await eventually(lambda: _reaches(bus, CALLS, "calls.1"), story="the binding is there again")
    await inbox.has(1)


async def _reaches(bus: MessageBus, exchange: str, key: str) -> bool:
    try:
        await bus.publish([Outgoing(look(1), exchange, key)], confirm=True)
    except BusUnavailable:
        return False
    return True


async def test_a_handler_does_not_see_what_was_bound_around_the_publishing(connect: Connect) -> None:
    bus, seen = await connect(), list[dict[str, object]]()
    await bus.declare(WORK)
    await bus.consume(WORK.name, lambda _: seen.append(structlog.contextvars.get_contextvars()), prefetch=0)
    with structlog.contextvars.bound_contextvars(run="of the publisher"):
        await bus.publish(to(WORK.name, 1))
        await eventually(lambda: seen)
    assert seen == [{}]


async def test_a_quorum_queue_delivers_what_was_retried_and_counts_it(connect: Connect) -> None:
    bus, inbox = await connect(), Inbox(Settlement.RETRY)
    await bus.declare(QUORUM)
    await bus.publish(to(QUORUM.name, "poison"), confirm=True)
    await bus.consume(QUORUM.name, inbox, prefetch=256)
    await eventually(lambda: bus.depth(DEAD_LETTERS), story="it was retried too often")
    assert len(inbox.deliveries) == 21


async def test_a_topology_made_otherwise_is_named_with_its_remedy(amqp_url: str) -> None:
    async with aiormq.connect(amqp_url) as connection:
        await (await connection.channel()).queue_declare(DEAD_LETTERS, durable=True)
    with pytest.raises(Misconfigured, match=r"'dead-letters'.*delete it.*PLYNX_BUS_URL"):
        await RabbitMQBus.open(amqp_url)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        (
            {"netloc": "guest:wrong@{place}"},
            Misconfigured,
            "PLYNX_BUS_URL 'amqp://guest@.*refuses this user or password",
        ),
        ({"path": "/absent"}, Misconfigured, "PLYNX_BUS_URL .*refuses the virtual host.*absent"),
        ({"netloc": "guest:guest@127.0.0.1:1"}, BusUnavailable, "PLYNX_BUS_URL .*127.0.0.1:1/.*no broker answers"),
        ({"netloc": "guest:guest@nowhere.invalid"}, BusUnavailable, "PLYNX_BUS_URL .*nowhere.invalid.*no broker"),
        ({"netloc": "127.0.0.1:many"}, Misconfigured, "PLYNX_BUS_URL .*expected amqp://"),
    ],
)
async def test_a_wrong_url_is_named_without_its_password(
    amqp_url: str, changes: dict[str, str], kind: type[Misconfigured | BusUnavailable], words: str
) -> None:
    parts = urlsplit(amqp_url)
    changes = {name: value.format(place=parts.netloc.rpartition("@")[2]) for name, value in changes.items()}
    with pytest.raises(kind, match=words) as refusal:
        await RabbitMQBus.open(parts._replace(**changes).geturl())
    assert "wrong" not in str(refusal.value)


async def test_a_broker_that_lost_everything_gets_its_queues_and_consumers_again(start_server: StartServer) -> None:
    broker, inbox, called = start_server(RabbitMQ()), Inbox(Settlement.ACK), list[int]()
    bus = await RabbitMQBus.open(broker.url)
    bus.on_reconnect(lambda: called.append(1))
    await bus.declare(QUORUM)
    await bus.bind(QUORUM.name, CALLS, "calls.1")
    await bus.consume(QUORUM.name, inbox, prefetch=1)
    await asyncio.to_thread(broker.control, "close_all_connections", "--vhost", VHOST, "in a test")
    await eventually(lambda: called, within=10, story="the owner is told that the broker closed the connection")
    await asyncio.to_thread(broker.wipe)
    called.clear()
    await asyncio.to_thread(broker.start)
    await eventually(lambda: called, within=30, story="the owner is told that the broker was away")
    await bus.publish([Outgoing(look("after"), CALLS, "calls.1")], confirm=True)
    await inbox.has(1)
    await bus.close()


async def test_a_broker_short_of_memory_takes_nothing_and_still_delivers(start_server: StartServer) -> None:
    broker, inbox = start_server(RabbitMQ()), Inbox()
    bus = await RabbitMQBus.open(broker.url, limit=1.0)
    await queue_with(bus, 1, 2)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await asyncio.to_thread(broker.raise_memory_alarm)
    for confirm in (True, False):
        with pytest.raises(BusUnavailable, match="short of memory"):
            await bus.publish(to(WORK.name, 3), confirm=confirm)
    (await inbox.has(1))[0].settle(Settlement.ACK)
    (await inbox.has(2))[1].settle(Settlement.ACK)
    await bus.declare(QUORUM)
    await asyncio.to_thread(broker.clear_memory_alarm)
    await eventually(lambda: _answers(bus), within=15, story="it takes messages again")
    await bus.close()


async def test_a_consumer_that_held_a_delivery_too_long_comes_back(start_server: StartServer) -> None:
    broker, inbox, called = start_server(RabbitMQ(consumer_timeout=timedelta(seconds=2))), Inbox(), list[int]()
    bus = await RabbitMQBus.open(broker.url)
    bus.on_reconnect(lambda: called.append(1))
    await queue_with(bus, "slow")
    await bus.consume(WORK.name, inbox, prefetch=1)
    await inbox.has(1)
    await inbox.has(2, within=20)
    inbox.deliveries[0].settle(Settlement.ACK)  # too late: the broker took it back
    inbox.deliveries[1].settle(Settlement.ACK)
    await eventually(lambda: _is_empty(bus), story="it is acknowledged")
    assert not called, "the connection was not lost"
    await bus.close()


async def _is_empty(bus: MessageBus) -> bool:
    return await bus.depth(WORK.name) == 0
