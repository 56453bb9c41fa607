"""A consumer has a channel of its own: what closes that channel stops nobody else, and the consumer comes back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextvars import copy_context
from functools import partial
from itertools import count
from typing import Any, Protocol

import structlog
from pamqp import commands

from plynx_common.adapters.letters import letter
from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel, when_closed
from plynx_common.adapters.rabbitmq_bus.connecting import BusConnection
from plynx_common.adapters.rabbitmq_bus.delivery import RabbitMQDelivery
from plynx_common.adapters.rabbitmq_bus.held import Held
from plynx_common.adapters.rabbitmq_bus.parcel import Parcel
from plynx_common.adapters.rabbitmq_bus.retries import RETRY_LIMIT, Retries
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Delivery, Outgoing, Settlement
from plynx_common.messages.base import NewerMessage, UndecodableMessage, decode
from plynx_common.messages.routes import DEAD_LETTERS, PARKED

ASIDE_AGAIN_AFTER = 1.0
"""Seconds after which a message that could not be put aside goes back to its queue."""

log = structlog.get_logger()


class Host(Protocol):
    """What a consumer needs of its bus."""

    retries: Retries

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None: ...
    async def bring_back(self, consumer: RabbitMQConsumer) -> None: ...
    async def leave(self, consumer: RabbitMQConsumer, channel: BulkChannel | None) -> None: ...
    def keeps_rejected(self, queue: str) -> bool: ...


class RabbitMQConsumer:
    def __init__(self, host: Host, queue: str, on_delivery: Callable[[Delivery], None], prefetch: int) -> None:
        self.queue = queue
        self.is_over = False
        self._host = host
        self._on_delivery = on_delivery
        self._prefetch = prefetch
        # A handler must not see what was bound (for logs, for traces) around whatever else runs here.
        self._context = copy_context()
        self._held: Held | None = None
        self._waiting: deque[Parcel] = deque()
        self._handed = 0
        self._is_paused = False
        self._is_consuming = False
        self._pump_is_due = False
        self._tags = count(1)
        self._tag = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._asides: set[asyncio.Task[None]] = set()

    async def open(self, connection: BusConnection) -> None:
        channel = await BulkChannel.opened(connection)
        held = self._held = Held(channel)
        self._waiting.clear()
        self._handed = 0
        channel.on_delivery = partial(self._arrived, held)
        channel.on_consumer_cancel_callbacks.add(lambda _: self._spawn(channel.leave()))
        try:
            if self._prefetch:
                await channel.basic_qos(prefetch_count=self._prefetch)
            await channel.rpc(self._consume())
        except BaseException:
            channel.end()
            self._drop(held)
            raise
        self._is_consuming = True
        if self._is_paused:
            channel.send(self._cancel())
        when_closed(channel, partial(self._lost, held))

    def pause(self) -> None:
        """What is on its way goes back, for others; without prefetch nothing can go back, and it waits here."""
        if not self._is_paused and self._is_consuming and self._held is not None:
            self._held.channel.send(self._cancel())
            while self._prefetch and self._waiting:
                self._give_back(self._held, self._waiting.popleft())
        self._is_paused = True

    def resume(self) -> None:
        if self._is_paused and self._is_consuming and self._held is not None and not self.is_over:
            self._held.channel.send(self._consume(nowait=True))
        self._is_paused = False
        self._wake()

    async def cancel(self) -> None:
        if self.is_over:
            return
        self.end()
        held = self._held
        if held is not None:
            held.channel.send(self._cancel())
        if self._asides:  # else what is on its way to the dead letters would come again
            await asyncio.wait(self._asides)
        if held is not None:
            held.flush()
            self._drop(held)
        await self._host.leave(self, None if held is None else held.channel)

    def end(self) -> None:
        self.is_over = True
        for task in self._tasks:
            task.cancel()

    def settle(self, delivery: RabbitMQDelivery, settlement: Settlement, reason: str) -> None:
        held, parcel = delivery.held, delivery.parcel
        if held is not self._held or parcel.tag not in held:
            return  # needs no settling, or went back to the queue with its channel
        self._handed -= 1
        if settlement is Settlement.RETRY:
            self._retry(held, parcel, reason)
        elif settlement is Settlement.REJECT and self._host.keeps_rejected(self.queue):
            self._put_aside(held, parcel, DEAD_LETTERS, reason or "rejected without a reason")
        else:
            self._host.retries.over(self.queue, parcel)
            held.acknowledge(parcel.tag)
        self._wake()

    def _retry(self, held: Held, parcel: Parcel, reason: str) -> None:
        if self._host.retries.exceeded(self.queue, parcel):
            why = f"handed back more than {RETRY_LIMIT} times"
            self._put_aside(held, parcel, DEAD_LETTERS, f"{why}, at last because: {reason}" if reason else why)
        else:
            self._give_back(held, parcel)

    def _arrived(self, held: Held, parcel: Parcel) -> None:
        if held is not self._held:
            return
        if self._prefetch:
            held.add(parcel.tag)
        if self._is_paused and self._prefetch:
            self._give_back(held, parcel)
        else:
            self._waiting.append(parcel)
            self._wake()

    def _wake(self) -> None:
        """Deliver soon: never from within a handler, and what a handler raises goes to the loop."""
        if not self._pump_is_due and self._waiting and self._has_room:
            self._pump_is_due = True
            asyncio.get_running_loop().call_soon(self._pump, context=self._context)

    @property
    def _has_room(self) -> bool:
        """After a pause the broker forgets what is unsettled, and would deliver more than the prefetch."""
        is_open = not self._is_paused and not self.is_over
        return is_open and (not self._prefetch or self._handed < self._prefetch)

    def _pump(self) -> None:
        self._pump_is_due = False
        try:
            while self._waiting and self._has_room and self._held is not None:
                self._hand_over(self._held, self._waiting.popleft())
        finally:
            self._wake()

    def _hand_over(self, held: Held, parcel: Parcel) -> None:
        try:
            message = decode(parcel.body)
        except NewerMessage as error:
            self._put_aside(held, parcel, PARKED, error.message)
        except UndecodableMessage as error:
            self._put_aside(held, parcel, DEAD_LETTERS, error.message)
        else:
            self._handed += bool(self._prefetch)
            self._on_delivery(RabbitMQDelivery(message, parcel, held, self))

    def _put_aside(self, held: Held, parcel: Parcel, target: str, reason: str) -> None:
        task = asyncio.get_running_loop().create_task(self._write_letter(held, parcel, target, reason))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def _write_letter(self, held: Held, parcel: Parcel, target: str, reason: str) -> None:
        log.warning("message_put_aside", queue=self.queue, into=target, reason=reason, message_id=parcel.message_id)
        try:
            await self._host.publish([letter(self.queue, parcel, target, reason)], confirm=True)
        except BusUnavailable as error:
            log.warning("message_not_put_aside", queue=self.queue, into=target, error=error.message)
            await asyncio.sleep(ASIDE_AGAIN_AFTER)
            self._give_back(held, parcel)
        else:
            held.acknowledge(parcel.tag)

    def _give_back(self, held: Held, parcel: Parcel) -> None:
        held.give_back(parcel.tag)

    def _consume(self, *, nowait: bool = False) -> commands.Basic.Consume:
        self._tag = f"{self.queue[:100]}.{next(self._tags)}"
        return commands.Basic.Consume(
            queue=self.queue, consumer_tag=self._tag, no_ack=not self._prefetch, nowait=nowait
        )

    def _cancel(self) -> commands.Basic.Cancel:
        return commands.Basic.Cancel(consumer_tag=self._tag, nowait=True)

    def _drop(self, held: Held) -> None:
        held.drop()
        if self._held is held:
            self._held = None
            self._is_consuming = False
            self._waiting.clear()
            self._handed = 0

    def _lost(self, held: Held, why: str) -> None:
        self._drop(held)
        if not self.is_over:
            log.warning("consumer_lost_its_channel", queue=self.queue, reason=why)
            self._spawn(self._host.bring_back(self))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
