"""Two connections that live and die together: one publishes and may be blocked, one consumes and never is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel, when_closed
from plynx_common.adapters.rabbitmq_bus.connecting import BusConnection, connected
from plynx_common.adapters.rabbitmq_bus.publisher import Publisher

T = TypeVar("T")


class Session:
    def __init__(self, publishing: BusConnection, consuming: BusConnection) -> None:
        self.publisher = Publisher(publishing)
        self.consuming = consuming
        self._publishing = publishing
        self._control: BulkChannel | None = None
        self._asking = asyncio.Lock()
        self._lost = asyncio.Event()
        self._why = ""
        for connection in (publishing, consuming):
            when_closed(connection, self._end)

    @classmethod
    async def open(cls, url: str, name: str) -> Session:
        """Raises `Misconfigured` or `BusUnavailable`, naming the setting."""
        publishing = await connected(url, f"{name} publishes")
        try:
            return cls(publishing, await connected(url, f"{name} consumes"))
        except BaseException:
            await publishing.close()
            raise

    @property
    def is_lost(self) -> bool:
        return self._lost.is_set()

    async def until_lost(self) -> str:
        """Why, in the broker's words."""
        await self._lost.wait()
        return self._why

    def _end(self, why: str) -> None:
        self._why = self._why or why
        self._lost.set()

    async def ask(self, question: Callable[[BulkChannel], Awaitable[T]]) -> T:
        """On the consuming connection, which exclusive queues belong to; one at a time.

        Whatever goes wrong costs the channel: most refusals close it, and an answer that comes late must not be
        taken for that of the next question.
        """
        async with self._asking:
            channel = self._control
            if channel is None or channel.is_over:
                channel = self._control = await BulkChannel.opened(self.consuming)
            try:
                return await question(channel)
            except BaseException:
                channel.end()
                raise

    async def close(self) -> None:
        self._lost.set()
        await asyncio.gather(self._publishing.close(), self.consuming.close())
