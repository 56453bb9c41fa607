"""The parts of a worker, and the rules that join them when a slot frees or an attempt ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from plynx_common.interfaces.bus import MessageBus
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.messages.workers import Capacity
from plynx_worker.asks import Asks
from plynx_worker.attempt import Attempt, Interruption
from plynx_worker.attempts import Attempts
from plynx_worker.claims import ClaimBook
from plynx_worker.heartbeats import Heartbeats
from plynx_worker.hints import Hint, Hints, ring_again
from plynx_worker.line import Line, Speaker
from plynx_worker.log_shelf import LogShelf
from plynx_worker.presence import Presence
from plynx_worker.results import Releases, Results, release_of
from plynx_worker.slots import Slots
from plynx_worker.work import Outcome, Workshop

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a worker offers, and its patience. Seconds."""

    pools: Sequence[str]
    """Full names."""
    slots: int
    capacity: Capacity
    grace: float = 5.0
    """Between TERM and KILL."""
    drain: float = 20.0
    """What runs may go on that long after the worker was told to leave."""
    settle: float = 20.0
    """How long it then waits for its results to be known as stored."""


class Parts:
    def __init__(
        self, shape: Shape, speaker: Speaker, bus: MessageBus, clock: Clock, ids: Ids, workshop: Workshop
    ) -> None:
        self.shape = shape
        self.clock = clock
        self.is_draining = False
        self.tasks = asyncio.TaskGroup()
        self.line = Line(bus, ids, speaker)
        self.book = ClaimBook()
        self.slots = Slots(shape.slots, shape.capacity)
        self.hints = Hints(bus, shape.pools, shape.slots, clock)
        self.asks = Asks(self.line, self.book, self.slots, clock, ids)
        self.shelf = LogShelf(self.line, clock)
        self.attempts = Attempts(workshop, self.slots, self.shelf, clock, self.tasks, shape.grace)
        self.results = Results(self.line, clock, self._settled)
        self.releases = Releases(self.line, clock)
        self.heartbeats = Heartbeats(self.line, self.attempts, self.results, clock)
        self.presence = Presence(self.line, self.slots, shape.pools)
        self.attempts.on_outcome = self._report
        self.attempts.on_silence = self._say_nothing
        self.hints.claim = self.asks.for_hint
        self.hints.has_free_slot = lambda: self.slots.free > 0
        self.hints.ring_again = self._ring_again
        self.asks.on_given_up = self._given_up

    def slot_freed(self, *, unasked: bool = False) -> None:
        """A parked hint takes it, or hints may come again."""
        taken = self.hints.slot_freed()
        if unasked and not taken:
            self.presence.announce()

    async def _report(self, attempt: Attempt, outcome: Outcome) -> None:
        """The hot path: the slot asks for its next attempt with the result of the last."""
        if outcome.failure is not None:
            log.info("attempt_failed", attempt=attempt.id, kind=outcome.failure.kind, reason=outcome.failure.message)
        handover = None
        if self.hints.leaves_slots_idle and not self.is_draining:
            handover = self.asks.hand_over(attempt.grant.pool)
        else:
            self.slot_freed(unasked=True)
        await self.results.report(attempt, outcome, handover)

    def _say_nothing(self, attempt: Attempt) -> None:
        log.info("attempt_dropped", attempt=attempt.id, why=attempt.interruption and attempt.interruption.name.lower())
        if attempt.interruption is Interruption.RELEASE:
            self.releases.add(release_of(self.line, attempt.grant, attempt.claim_id, "the worker leaves"))
            self.shelf.ended(attempt)
        else:
            self._settled(attempt)
        self.slot_freed(unasked=True)

    def _settled(self, attempt: Attempt) -> None:
        self.book.settle(attempt.claim_id, self.clock.monotonic())
        self.shelf.ended(attempt)

    def _ring_again(self, hint: Hint) -> None:
        self.tasks.create_task(ring_again(self.line.bus, hint))

    def _given_up(self, hint: Hint | None) -> None:
        if hint is not None and hint.delivery is not None:
            self._ring_again(hint)
        self.slot_freed(unasked=True)
