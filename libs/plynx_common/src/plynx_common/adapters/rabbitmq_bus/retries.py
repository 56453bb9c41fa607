"""How often a message may come back before it is put aside."""

from __future__ import annotations

from plynx_common.adapters.rabbitmq_bus.parcel import Parcel
from plynx_common.messages.routes import DEAD_LETTERS, PARKED

RETRY_LIMIT = 20
"""A message handed back that often goes to the dead letters."""
MOST_COUNTED = 10_000
"""Messages whose retries are counted; the one longest not retried is forgotten first."""


class Retries:
    """Counted by each process for itself: the broker counts in some kinds of queues only."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str | bytes], int] = {}

    def exceeded(self, queue: str, parcel: Parcel) -> bool:
        """Counts one more."""
        key = (queue, parcel.copy_id or parcel.body)
        retries = self._counts.pop(key, 0) + 1
        if retries > RETRY_LIMIT and queue not in (DEAD_LETTERS, PARKED):
            return True
        self._counts[key] = retries
        if len(self._counts) > MOST_COUNTED:
            del self._counts[next(iter(self._counts))]
        return False

    def over(self, queue: str, parcel: Parcel) -> None:
        if parcel.redelivered:
            self._counts.pop((queue, parcel.copy_id or parcel.body), None)
