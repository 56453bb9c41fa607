"""Ticks: the scheduler's sense of time for leases. One is on its way at a time, through the instance's own queue."""

from __future__ import annotations

from plynx_common.interfaces.clock import Clock
from plynx_common.messages.runs import Tick

EVERY = 2.0
"""Seconds after the last one came back."""
VOID_AFTER = 6.0
"""Seconds without coming back; the tick is void then: it shows that the instance lives, and does not count."""


class Ticker:
    def __init__(self, clock: Clock, instance: str, incarnation: str) -> None:
        self._clock = clock
        self._instance = instance
        self._incarnation = incarnation
        self._number = 0
        self._is_out = False
        self._sent_at = clock.monotonic()
        self.returned_at = clock.monotonic()
        """When the last tick, void or not, came back."""

    def due_in(self) -> float:
        """Seconds until the next is to be sent."""
        next_at = self._sent_at + VOID_AFTER if self._is_out else self.returned_at + EVERY
        return next_at - self._clock.monotonic()

    def next(self) -> Tick:
        self._number += 1
        self._is_out = True
        self._sent_at = self._clock.monotonic()
        return Tick(instance=self._instance, incarnation=self._incarnation, number=self._number)

    def lost(self) -> None:
        """The queue it was in is gone."""
        self._is_out = False

    def counts(self, tick: Tick) -> bool:
        """Whether this is the instance's own newest tick, come back for the first time."""
        if (tick.instance, tick.incarnation) != (self._instance, self._incarnation):
            return False
        self.returned_at = self._clock.monotonic()
        if tick.number != self._number or not self._is_out:
            return False
        self._is_out = False
        return True
