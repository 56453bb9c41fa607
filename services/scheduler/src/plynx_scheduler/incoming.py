"""A message in hand: what it says, where answers go, and whether its documents were read again for it."""

from __future__ import annotations

from dataclasses import dataclass

from plynx_common.interfaces.bus import Delivery
from plynx_common.messages.base import Message


@dataclass(slots=True)
class Incoming:
    delivery: Delivery
    message: Message
    reply_to: str | None
    arrived_at: float
    """Monotonic."""
    is_read_again: bool = False
    """The documents it is about were read since it arrived: what they say now is the truth."""
