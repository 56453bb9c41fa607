"""What nobody could handle: kept with its reason, visible to operators, and handed in again by them."""

from __future__ import annotations

from typing import ClassVar

from plynx_common.messages.base import Message


class Undelivered(Message):
    """In the queue `dead-letters` (refused, undecodable, or retried too often) or `parked` (of a newer release)."""

    type: ClassVar[str] = "message.undelivered"

    reason: str
    queue: str
    """Where it waited."""
    exchange: str
    key: str
    body: str
    """The bytes as they travelled, one latin-1 character each: `decode(body.encode("latin-1"))`."""
    reply_to: str | None = None
    message_id: str | None = None
