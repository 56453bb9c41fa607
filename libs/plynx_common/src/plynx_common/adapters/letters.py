"""What nobody could handle is put aside with its reason."""

from __future__ import annotations

from typing import Protocol

from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.messages.undelivered import Undelivered


class Travelled(Protocol):
    """A message as a broker hands it out."""

    @property
    def body(self) -> bytes: ...
    @property
    def exchange(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def reply_to(self) -> str | None: ...
    @property
    def message_id(self) -> str | None: ...


def letter(queue: str, parcel: Travelled, target: str, reason: str) -> Outgoing:
    undelivered = Undelivered(
        reason=reason,
        queue=queue,
        exchange=parcel.exchange,
        key=parcel.key,
        body=parcel.body.decode("latin-1"),
        reply_to=parcel.reply_to,
        message_id=parcel.message_id,
    )
    return Outgoing(undelivered, DIRECT_TO_QUEUE, target, message_id=parcel.message_id, persistent=True)
