"""A message that was delivered, as its handler sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plynx_common.interfaces.bus import Settlement
from plynx_common.messages.base import Message

if TYPE_CHECKING:
    from plynx_common.adapters.rabbitmq_bus.consumer import RabbitMQConsumer
    from plynx_common.adapters.rabbitmq_bus.held import Held
    from plynx_common.adapters.rabbitmq_bus.parcel import Parcel


class RabbitMQDelivery:
    __slots__ = ("_consumer", "_settled", "held", "message", "parcel")

    def __init__(self, message: Message, parcel: Parcel, held: Held, consumer: RabbitMQConsumer) -> None:
        self.message = message
        self.parcel = parcel
        self.held = held
        self._consumer = consumer
        self._settled = False

    @property
    def reply_to(self) -> str | None:
        return self.parcel.reply_to

    @property
    def message_id(self) -> str | None:
        return self.parcel.message_id

    @property
    def queue(self) -> str:
        return self._consumer.queue

    @property
    def redelivered(self) -> bool:
        return self.parcel.redelivered

    def settle(self, settlement: Settlement, reason: str = "") -> None:
        if self._settled:
            raise RuntimeError(f"a delivery of '{self.message.type}' from queue '{self.queue}' was settled twice")
        self._settled = True
        self._consumer.settle(self, settlement, reason)
