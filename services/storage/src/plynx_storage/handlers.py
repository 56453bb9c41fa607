"""What the service answers over the bus: do these artifacts still exist?"""

from __future__ import annotations

from plynx_common.domain.errors import Unavailable
from plynx_common.interfaces.bus import Delivery, MessageBus, Outgoing
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.runtime.consumer import Reject
from plynx_storage.catalogue import Catalogue
from plynx_storage.grants import absent


class Handlers:
    def __init__(self, bus: MessageBus, objects: ObjectStore, catalogue: Catalogue) -> None:
        self._bus = bus
        self._objects = objects
        self._catalogue = catalogue

    async def verify(self, message: ArtifactsVerify, delivery: Delivery) -> None:
        if delivery.reply_to is None:
            raise Reject("'artifacts.verify' carries no reply_to: there is nobody to answer")
        answer = await self.verdict(message)
        await self._bus.publish([Outgoing(answer, DIRECT_TO_QUEUE, delivery.reply_to)])

    async def verdict(self, message: ArtifactsVerify) -> ArtifactsVerified:
        try:
            missing = await absent(self._objects, self._catalogue, message.team, message.digests)
        except Unavailable as error:
            # No answer of a store is no proof of absence.
            return ArtifactsVerified(ref=message.ref, error=error.message)
        return ArtifactsVerified(ref=message.ref, absent=missing)
