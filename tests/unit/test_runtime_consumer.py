"""Deliveries are settled only when they are done with: done, later, refused, failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.bus import Delivery
from plynx_common.messages.routes import DEAD_LETTERS
from plynx_common.messages.runs import RunLook, Tick
from plynx_common.messages.undelivered import Undelivered
from plynx_common.runtime.consumer import BackOff, Reject, RetryLater, consuming
from plynx_common.testing.contract.bus_inbox import WORK, Inbox, look, queue_with
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import FakeClock, run_until_idle

Handle = Callable[[RunLook], Awaitable[None]]


class Bench:
    """A bus with some messages, a handler that a test writes, and a clock that it owns."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.clock = FakeClock()
        self.handled: list[str] = []

    @asynccontextmanager
    async def handling(self, handle: Handle) -> AsyncGenerator[None]:
        async def handler(message: RunLook, delivery: Delivery) -> None:
            assert delivery.message is message
            self.handled.append(message.run)
            await handle(message)

        async with consuming(
            self.bus, WORK.name, {RunLook: handler}, self.clock, prefetch=2, back_off=BackOff(1, 4, failures=3)
        ):
            yield

    async def dead_letters(self) -> list[Undelivered]:
        inbox = Inbox()
        await self.bus.consume(DEAD_LETTERS, inbox, prefetch=0)
        await run_until_idle()
        return [cast("Undelivered", delivery.message) for delivery in inbox.deliveries]


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def do_nothing(_: Any) -> None:
    pass


async def test_what_is_handled_is_acknowledged(bench: Bench) -> None:
    await queue_with(bench.bus, 1, 2, 3)
    async with bench.handling(do_nothing):
        await eventually(lambda: len(bench.handled) == 3)
    assert await bench.bus.depth(WORK.name) == 0


async def test_nothing_is_acknowledged_before_its_handler_is_done(bench: Bench) -> None:
    await queue_with(bench.bus, 1)
    go = asyncio.Event()

    async def wait(_: RunLook) -> None:
        await go.wait()

    async with bench.handling(wait):
        await eventually(lambda: bench.handled)
        bench.bus.interrupt()  # what is unsettled comes again
        await eventually(lambda: bench.handled == ["1", "1"])
        go.set()


async def test_a_handler_that_fails_is_tried_again_after_a_growing_back_off_and_then_dead_lettered(
    bench: Bench,
) -> None:
    await queue_with(bench.bus, "bad", "good")

    async def fail(message: RunLook) -> None:
        if message.run == "bad":
            raise KeyError("no such thing")

    async with bench.handling(fail):
        await run_until_idle()
        assert bench.handled == ["bad", "good"]
        await bench.clock.advance(1)
        assert bench.handled.count("bad") == 2
        await bench.clock.advance(1.9)
        assert bench.handled.count("bad") == 2
        await bench.clock.advance(0.2)
        assert bench.handled.count("bad") == 3
    letters = await bench.dead_letters()
    assert [letter.reason for letter in letters] == ["KeyError: 'no such thing'"]


@pytest.mark.parametrize("error", [StoreUnavailable("the store does not answer"), RetryLater("not yet")])
async def test_what_only_has_to_wait_is_never_dead_lettered(bench: Bench, error: Exception) -> None:
    await queue_with(bench.bus, 1)
    is_over = False

    async def wait(_: RunLook) -> None:
        if not is_over:
            raise error

    async with bench.handling(wait):
        await bench.clock.advance(100)
        assert 20 < len(bench.handled) < 30
        is_over = True
        await bench.clock.advance(10)
    assert await bench.dead_letters() == []
    assert await bench.bus.depth(WORK.name) == 0


async def test_a_handler_can_say_when(bench: Bench) -> None:
    await queue_with(bench.bus, 1)

    async def wait(_: RunLook) -> None:
        if len(bench.handled) == 1:
            raise RetryLater("in a minute", seconds=60)

    async with bench.handling(wait):
        await bench.clock.advance(59)
        assert len(bench.handled) == 1
        await bench.clock.advance(2)
        assert len(bench.handled) == 2


async def test_what_is_refused_goes_to_the_dead_letters_at_once(bench: Bench) -> None:
    await queue_with(bench.bus, 1)

    async def refuse(_: RunLook) -> None:
        raise Reject("no such run '1'")

    async with bench.handling(refuse):
        await run_until_idle()
    assert [letter.reason for letter in await bench.dead_letters()] == ["no such run '1'"]
    assert len(bench.handled) == 1


async def test_a_message_that_nobody_handles_is_refused(bench: Bench) -> None:
    await queue_with(bench.bus, 1)
    async with consuming(bench.bus, WORK.name, {Tick: do_both}, bench.clock):
        await run_until_idle()
    assert "run.look" in (await bench.dead_letters())[0].reason


async def do_both(_message: Any, _delivery: Delivery) -> None:
    pass


async def test_leaving_finishes_what_has_begun_and_puts_back_what_waits_for_its_next_try(bench: Bench) -> None:
    await queue_with(bench.bus, "waits", "works", "next")
    go = asyncio.Event()

    async def handle(message: RunLook) -> None:
        if message.run == "waits":
            raise RetryLater("later")
        await go.wait()

    leave = asyncio.Event()

    async def serve() -> None:
        async with bench.handling(handle):
            await leave.wait()

    leaving = asyncio.create_task(serve())
    await run_until_idle()
    leave.set()
    await run_until_idle()
    assert not leaving.done()
    go.set()
    await leaving
    assert bench.handled == ["waits", "works"]
    inbox = Inbox()
    await bench.bus.consume(WORK.name, inbox, prefetch=0)
    assert [delivery.message for delivery in await inbox.has(2)] == [look("waits"), look("next")]
