"""The attempts that this worker has taken and not yet reported: started, named, interrupted, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from plynx_common.interfaces.clock import Clock
from plynx_common.messages.nodes import Grant
from plynx_worker.attempt import Attempt, Interruption
from plynx_worker.log_shelf import LogShelf
from plynx_worker.slots import Slots, needs_of
from plynx_worker.work import Outcome, Workshop

log = structlog.get_logger()


class Attempts:
    """`on_outcome` reports; `on_silence` is called when an attempt ended of which nothing is to be reported. Both come
    after its slot is free.
    """

    def __init__(
        self, workshop: Workshop, slots: Slots, shelf: LogShelf, clock: Clock, tasks: asyncio.TaskGroup, grace: float
    ) -> None:
        self.on_outcome: Callable[[Attempt, Outcome], Awaitable[None]]
        self.on_silence: Callable[[Attempt], None]
        self.live: dict[str, Attempt] = {}
        """In the order they were taken; those that wait to be heard, too."""
        self._by_node: dict[str, Attempt] = {}
        self._workshop = workshop
        self._slots = slots
        self._shelf = shelf
        self._clock = clock
        self._tasks = tasks
        self._grace = grace

    def is_overtaken(self, grant: Grant) -> bool:
        """Whether this worker has this attempt of the node already, or a newer one."""
        known = self._by_node.get(f"{grant.run}/{grant.node}")
        return known is not None and known.grant.attempt >= grant.attempt

    def take(self, grant: Grant, claim_id: str) -> Attempt:
        """Occupies a slot. An older attempt of the same node is stopped: this one was granted because it is lost."""
        attempt = Attempt(grant, claim_id, self._clock, self._grace)
        older = self._by_node.get(attempt.node_run)
        if older is not None:
            self.interrupt(older.id, Interruption.STOP)
        self.live[attempt.id] = self._by_node[attempt.node_run] = attempt
        self._slots.occupy(attempt.id, needs_of(grant.operation))
        return attempt

    def start(self, attempt: Attempt) -> None:
        if attempt.task is None:
            attempt.task = self._tasks.create_task(self._run(attempt))

    def interrupt(self, attempt_id: str, why: Interruption, reason: str = "") -> None:
        attempt = self.live.get(attempt_id)
        if attempt is None:
            return
        attempt.interrupt(why, reason)
        if attempt.task is not None:
            return
        if attempt.says_nothing:  # it was waiting to be heard
            self._end(attempt)
            self.on_silence(attempt)
        else:
            self.start(attempt)  # says that it was cancelled

    def check(self, now: float) -> None:
        for attempt in self.live.values():
            attempt.check(now)

    async def _run(self, attempt: Attempt) -> None:
        try:
            outcome = await attempt.carry_out(self._workshop, self._shelf.emitter(attempt))
            self._end(attempt)
            if outcome is None:
                self.on_silence(attempt)
            else:
                await self.on_outcome(attempt, outcome)
        finally:
            await attempt.close()

    def _end(self, attempt: Attempt) -> None:
        self.live.pop(attempt.id, None)
        if self._by_node.get(attempt.node_run) is attempt:
            del self._by_node[attempt.node_run]
        self._slots.vacate(attempt.id)
