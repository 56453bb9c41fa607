"""Publishing: a batch is one write; confirmed and unconfirmed messages have a channel each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel
from plynx_common.adapters.rabbitmq_bus.connecting import BusConnection
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Outgoing


class Publisher:
    """Of one connection. Between confirmed and unconfirmed messages there is no order."""

    def __init__(self, connection: BusConnection) -> None:
        self._connection = connection
        self._channels: dict[bool, BulkChannel] = {}
        self._opening = asyncio.Lock()

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool) -> None:
        """Waits while the broker is short of memory, then for the socket, and for the broker only with `confirm`."""
        await self._connection.ready()
        channel = self._channels.get(confirm)
        if channel is None or channel.is_over:
            channel = await self._open(confirm=confirm)
        lost = await channel.publish(messages)
        if lost:
            raise BusUnavailable(
                f"{len(lost)} of {len(messages)} messages reached no queue that had room, the first of them "
                f"'{lost[0].message.type}' on exchange '{lost[0].exchange}' with key '{lost[0].key}'"
            )

    async def _open(self, *, confirm: bool) -> BulkChannel:
        async with self._opening:
            channel = self._channels.get(confirm)
            if channel is None or channel.is_over:
                channel = self._channels[confirm] = await BulkChannel.opened(self._connection, confirms=confirm)
            return channel
