"""A channel that publishes many messages in one write, counts confirms in bulk, and delivers without a task each."""

# aiormq leaves open what its queues and futures carry.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import cast
from uuid import uuid4

import pamqp.frame
from aiormq.abc import AbstractConnection, ChannelFrame, ConfirmationFrameType
from aiormq.base import Base
from aiormq.channel import Channel
from pamqp import commands
from pamqp.base import Frame
from pamqp.header import ContentHeader

from plynx_common.adapters.rabbitmq_bus.calls import reply
from plynx_common.adapters.rabbitmq_bus.connecting import BusConnection
from plynx_common.adapters.rabbitmq_bus.parcel import Parcel
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages.base import encode

FRAMES_AHEAD = 1024
"""Frames read of a channel before the socket waits."""
TRANSIENT, PERSISTENT = 1, 2


class Batch:
    """Messages published together; its futures are cancelled when their channel ends."""

    __slots__ = ("confirmed", "lost", "waiting", "written")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.written: asyncio.Future[None] = loop.create_future()
        """When the socket has taken them."""
        self.confirmed: asyncio.Future[None] = loop.create_future()
        """When the broker has answered for each."""
        self.lost: list[Outgoing] = []
        self.waiting = 0


class BulkChannel(Channel):
    """Sends at once and in order, from synchronous code; a channel that is over sends nothing more.

    A frame on a channel that is closed already would make the broker close the whole connection.
    """

    def __init__(self, connection: AbstractConnection, number: int, *, confirms: bool) -> None:
        super().__init__(connection, number, publisher_confirms=confirms, frame_buffer=FRAMES_AHEAD)
        self.is_over = False
        self.on_delivery: Callable[[Parcel], None] = lambda _: None
        self._name = uuid4().hex[:12]
        self._published = 0
        self._batches: set[Batch] = set()
        self._unconfirmed: dict[int, tuple[Batch, Outgoing]] = {}

    @staticmethod
    async def opened(connection: BusConnection, *, confirms: bool = False) -> BulkChannel:
        number = connection.free_number()
        channel = connection.channels[number] = BulkChannel(connection, number, confirms=confirms)
        when_closed(channel, channel.end)
        await channel.open()
        return channel

    def end(self, why: str = "") -> None:
        self.is_over = True
        for batch in self._batches:
            batch.written.cancel(why)
            batch.confirmed.cancel(why)

    def send(self, *frames: Frame) -> None:
        if not self.is_over:
            self.write_queue.put_nowait(ChannelFrame.marshall(self.number, frames))

    async def leave(self) -> None:
        """What was delivered on it and is unsettled goes back to its queue."""
        self.end()
        await self.close()

    async def publish(self, messages: Sequence[Outgoing]) -> list[Outgoing]:
        """Returns when the socket has taken them, and with confirms, when the broker has answered for each.

        Those that no queue received; without confirms nobody knows.
        """
        batch = Batch(self.loop)
        before = self._published
        try:
            frames = b"".join(frame for message in messages for frame in self._frames(message, batch))
        except BaseException:  # nothing is sent, and what is sent next has the numbers that the broker counts
            for number in range(before + 1, self._published + 1):
                self._unconfirmed.pop(number, None)
            self._published = before
            raise
        self.write_queue.put_nowait(ChannelFrame(frames, should_close=False, drain_future=batch.written))
        self._batches.add(batch)
        try:
            await batch.written
            if self.publisher_confirms:
                await batch.confirmed
        finally:
            self._batches.discard(batch)
        return batch.lost

    def _frames(self, outgoing: Outgoing, batch: Batch) -> Iterator[bytes]:
        body = encode(outgoing.message)
        self._published += 1
        if self.publisher_confirms:
            batch.waiting += 1
            self._unconfirmed[self._published] = batch, outgoing
        properties = commands.Basic.Properties(
            correlation_id=f"{self._name}.{self._published}",
            delivery_mode=PERSISTENT if outgoing.persistent else TRANSIENT,
            message_id=outgoing.message_id,
            reply_to=outgoing.reply_to,
        )
        publish = commands.Basic.Publish(
            exchange=outgoing.exchange, routing_key=outgoing.key, mandatory=self.publisher_confirms
        )
        yield pamqp.frame.marshal(publish, self.number)
        yield pamqp.frame.marshal(ContentHeader(body_size=len(body), properties=properties), self.number)
        for part in self._split_body(body):
            yield pamqp.frame.marshal(part, self.number)

    async def _on_deliver_frame(self, frame: commands.Basic.Deliver) -> None:
        self.on_delivery(await self._parcel(frame))

    async def _on_return_frame(self, frame: commands.Basic.Return) -> None:
        number = str((await self._parcel(frame)).copy_id).rpartition(".")[2]
        batch, outgoing = self._unconfirmed[int(number)]
        batch.lost.append(outgoing)

    async def _parcel(self, frame: commands.Basic.Deliver | commands.Basic.Return) -> Parcel:
        header = cast("ContentHeader", await self._get_frame())
        message = await self._read_content(frame, header)
        properties = header.properties
        is_delivery = isinstance(frame, commands.Basic.Deliver)
        return Parcel(
            tag=frame.delivery_tag or 0 if is_delivery else 0,
            redelivered=bool(frame.redelivered) if is_delivery else False,
            exchange=frame.exchange or "",
            key=frame.routing_key or "",
            reply_to=properties.reply_to,
            message_id=properties.message_id,
            copy_id=properties.correlation_id,
            body=message.body,
        )

    async def _on_confirm_frame(self, frame: ConfirmationFrameType) -> None:
        """Returned messages are confirmed too, after they were returned."""
        last = frame.delivery_tag or 0
        is_bulk = not isinstance(frame, commands.Basic.Reject) and frame.multiple
        answered = list(takewhile(lambda number: number <= last, self._unconfirmed)) if is_bulk else [last]
        for number in answered:
            batch, outgoing = self._unconfirmed.pop(number)
            if not isinstance(frame, commands.Basic.Ack):
                batch.lost.append(outgoing)
            batch.waiting -= 1
            if not batch.waiting and not batch.confirmed.done():
                batch.confirmed.set_result(None)

    async def _on_close_frame(self, frame: commands.Channel.Close) -> None:
        self.end(frame.reply_text or "")
        await super()._on_close_frame(frame)


def when_closed(line: Base, call: Callable[[str], None]) -> None:
    """`line` is a channel or a connection, closed by whatever; `call` is told why."""
    line.closing.add_done_callback(lambda closing: call(_why(closing)))


def _why(closing: asyncio.Future[None]) -> str:
    error = None if closing.cancelled() else closing.exception()
    return "" if error is None else reply(error)
