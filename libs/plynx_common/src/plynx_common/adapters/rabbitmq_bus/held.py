"""What one channel has delivered and is unsettled; acknowledgements of one turn of the loop go out together."""

from __future__ import annotations

import asyncio

from pamqp import commands

from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel


class Held:
    """Dropped with its channel: settling what a lost channel delivered does nothing."""

    def __init__(self, channel: BulkChannel) -> None:
        self.channel = channel
        self._tags: dict[int, None] = {}
        """In the order of their delivery, which is that of their numbers."""
        self._acks: list[int] = []

    def __len__(self) -> int:
        return len(self._tags)

    def __contains__(self, tag: int) -> bool:
        return tag in self._tags

    def add(self, tag: int) -> None:
        self._tags[tag] = None

    def acknowledge(self, tag: int) -> None:
        if self._take(tag):
            if not self._acks:
                asyncio.get_running_loop().call_soon(self.flush)
            self._acks.append(tag)

    def give_back(self, tag: int) -> None:
        if self._take(tag):
            self.channel.send(commands.Basic.Nack(delivery_tag=tag, requeue=True))

    def drop(self) -> None:
        self._tags.clear()

    def flush(self) -> None:
        """All before the oldest that is unsettled are acknowledged at once, later ones one by one."""
        acks, self._acks = self._acks, []
        oldest = next(iter(self._tags), None)
        together = [tag for tag in acks if oldest is None or tag < oldest]
        frames = [commands.Basic.Ack(delivery_tag=tag) for tag in acks if oldest is not None and tag > oldest]
        if together:
            frames.append(commands.Basic.Ack(delivery_tag=max(together), multiple=True))
        if frames:
            self.channel.send(*frames)

    def _take(self, tag: int) -> bool:
        if tag not in self._tags:
            return False
        del self._tags[tag]
        return True
