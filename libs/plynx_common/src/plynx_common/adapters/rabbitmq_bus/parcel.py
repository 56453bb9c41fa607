"""A message as it came from the broker."""

from __future__ import annotations

from typing import NamedTuple


class Parcel(NamedTuple):
    tag: int
    """Its number on the channel it came by."""
    redelivered: bool
    exchange: str
    key: str
    reply_to: str | None
    message_id: str | None
    copy_id: str | None
    """Given by who published: tells it from every other, be it of the same content."""
    body: bytes
