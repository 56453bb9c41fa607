"""One attempt: preparing, running, finishing, reported; it always ends with an outcome, or is told to say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import IntEnum
from typing import TypeVar

import structlog

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.ids import attempt_id, node_run_id
from plynx_common.interfaces.clock import Clock
from plynx_common.messages.nodes import AttemptBeat, Grant
from plynx_common.runtime.points import point
from plynx_worker.beats import beat_of
from plynx_worker.breakdowns import infrastructure_failure, is_known
from plynx_worker.log_streams import Chunk
from plynx_worker.work import Outcome, Work, Workshop

PREPARING, RUNNING, FINISHING, REPORTED = "preparing", "running", "finishing", "reported"
DEFAULT_MINUTES = 600.0

T = TypeVar("T")

log = structlog.get_logger()


class Interruption(IntEnum):
    """Why an attempt ends before its time; a higher one overrides a lower one."""

    TIMEOUT = 1
    CANCEL = 2
    RELEASE = 3
    """Given back by a worker that leaves."""
    STOP = 4
    """No longer this worker's: killed, nothing reported."""


class Attempt:
    def __init__(self, grant: Grant, claim_id: str, clock: Clock, grace: float) -> None:
        self.grant = grant
        self.claim_id = claim_id
        self.id = attempt_id(grant.run, grant.node, grant.attempt)
        self.node_run = node_run_id(grant.run, grant.node)
        self.token = grant.token
        """The newest."""
        self.phase = PREPARING
        self.work: Work | None = None
        self.interruption: Interruption | None = None
        self.task: asyncio.Task[None] | None = None
        """None until it is started."""
        self._reason = ""
        self._clock = clock
        self._grace = grace
        self._since = clock.monotonic()
        self._minutes = float(grant.operation.get("_timeout", DEFAULT_MINUTES))

    @property
    def says_nothing(self) -> bool:
        return self.interruption is not None and self.interruption >= Interruption.RELEASE

    def beat(self, now: float) -> AttemptBeat:
        return beat_of(self.grant, self.claim_id, self.phase, now - self._since)

    def check(self, now: float) -> None:
        if self.phase == RUNNING and now - self._since > self._minutes * 60:
            self.interrupt(Interruption.TIMEOUT, f"timeout: it ran longer than {self._minutes:g} minutes")

    def interrupt(self, why: Interruption, reason: str = "") -> None:
        if self.phase == REPORTED or (self.interruption is not None and why <= self.interruption):
            return
        if self.phase == FINISHING and why < Interruption.RELEASE:
            return  # the script has ended: its answer is as good as any
        self.interruption = why
        self._reason = reason
        if self.phase == RUNNING and self.work is not None:
            self.work.terminate(0.0 if why is Interruption.STOP else self._grace)
        elif self.task is not None and self.work is not None:
            self.task.cancel()

    async def carry_out(self, workshop: Workshop, emit: Callable[[Chunk], None]) -> Outcome | None:
        """What to report; None: nothing."""
        outcome: Outcome | None = None
        try:
            failure = await self._prepared_and_run(workshop, emit)
            if not self.says_nothing:
                self._enter(FINISHING)
                outcome = await self._finish(failure)
        except asyncio.CancelledError:
            self._swallow_own_cancel()
        self._enter(REPORTED)
        return None if self.says_nothing else outcome

    def _swallow_own_cancel(self) -> None:
        """By `interrupt`; any other one tears the whole worker down."""
        if self.interruption is None:
            raise asyncio.CancelledError
        while self.task is not None and self.task.cancelling():
            self.task.uncancel()

    async def _prepared_and_run(self, workshop: Workshop, emit: Callable[[Chunk], None]) -> Failure | None:
        try:
            return await self._guarded(self._prepare_and_run(workshop, emit))
        except asyncio.CancelledError:
            self._swallow_own_cancel()
            return self._interrupted("cancelled before its script started")

    async def _prepare_and_run(self, workshop: Workshop, emit: Callable[[Chunk], None]) -> Failure | None:
        if self.interruption is not None:
            return self._interrupted("cancelled before it began")
        work = self.work = workshop.open(self.grant, lambda: self.token, emit)
        failure = await work.prepare()
        if failure is not None:
            return failure
        await point("worker.before_script")
        self._enter(RUNNING)
        failure = await work.run()
        await point("worker.after_script")
        return self._interrupted("cancelled", failure) if self.interruption is not None else failure

    async def close(self) -> None:
        """Whatever became of it: nothing of it runs any more, and what it used is given back."""
        if self.work is not None:
            await self._guarded(self.work.close())

    async def _finish(self, failure: Failure | None) -> Outcome:
        if self.work is None:
            return Outcome(failure=failure)
        outcome = await self._guarded(self.work.finish(failure))
        return Outcome(failure=failure or outcome) if isinstance(outcome, Failure) else outcome

    def _interrupted(self, text: str, ended: Failure | None = None) -> Failure:
        is_timeout = self.interruption is Interruption.TIMEOUT
        kind = FailureKind.TIMEOUT if is_timeout else FailureKind.CANCELLED
        ended = ended or Failure(kind, "")
        return replace(ended, kind=kind, message=self._reason or text, retryable=is_timeout)

    async def _guarded(self, step: Awaitable[T]) -> T | Failure:
        try:
            return await step
        except Exception as error:
            log.warning("attempt_broken", attempt=self.id, reason=str(error), exc_info=not is_known(error))
            return infrastructure_failure(error)

    def _enter(self, phase: str) -> None:
        self.phase = phase
        self._since = self._clock.monotonic()
