"""Results and releases: sent until they are known to be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from plynx_common.domain.errors import Unavailable
from plynx_common.domain.ids import attempt_id
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.clock import Clock
from plynx_common.messages import routes
from plynx_common.messages.nodes import (
    AttemptBeat,
    ClaimRequest,
    Grant,
    NodeFailed,
    NodeFinished,
    NodeReleased,
    NodeResult,
)
from plynx_common.runtime.points import point
from plynx_worker.attempt import REPORTED, Attempt
from plynx_worker.beats import beat_of
from plynx_worker.line import Line
from plynx_worker.work import Outcome

RESULT_AGAIN_AFTER = 5.0
RELEASE_AGAIN_AFTER = 3.0

log = structlog.get_logger()


class _Pending:
    __slots__ = ("attempt", "due_at", "message", "message_id", "since")

    def __init__(self, attempt: Attempt, message: NodeResult, message_id: str, now: float) -> None:
        self.attempt = attempt
        self.message = message
        self.message_id = message_id
        self.since = now
        self.due_at = now + RESULT_AGAIN_AFTER


class Results:
    """`on_closed` is called once with each attempt whose result needs no sending any more."""

    def __init__(self, line: Line, clock: Clock, on_closed: Callable[[Attempt], None]) -> None:
        self._line = line
        self._clock = clock
        self._on_closed = on_closed
        self._pending: dict[str, _Pending] = {}
        self._is_sending_again = False

    def __len__(self) -> int:
        return len(self._pending)

    async def report(self, attempt: Attempt, outcome: Outcome, handover: ClaimRequest | None) -> None:
        message = self._message(attempt, outcome, handover)
        message_id = f"{attempt.id}/{'finished' if outcome.failure is None else 'failed'}"
        self._pending[attempt.id] = _Pending(attempt, message, message_id, self._clock.monotonic())
        await self._send([self._outgoing(message, message_id)])

    def _message(self, attempt: Attempt, outcome: Outcome, handover: ClaimRequest | None) -> NodeResult:
        grant = attempt.grant
        common: dict[str, Any] = {
            **self._line.me,
            "partition": grant.partition,
            "run": grant.run,
            "node": grant.node,
            "attempt": grant.attempt,
            "claim_id": attempt.claim_id,
            "logs": outcome.logs,
            "timings": outcome.timings,
            "handover": handover,
        }
        if outcome.failure is None:
            return NodeFinished(**common, outputs=outcome.outputs)
        return NodeFailed(**common, failure=outcome.failure.to_document())

    def closed(self, id: str) -> bool:
        pending = self._pending.pop(id, None)
        if pending is None:
            return False
        self._on_closed(pending.attempt)
        return True

    def beats(self, now: float) -> list[tuple[int, AttemptBeat]]:
        """By partition: the lease of a result on its way must not run out."""
        return [
            (
                pending.message.partition,
                beat_of(pending.attempt.grant, pending.message.claim_id, REPORTED, now - pending.since),
            )
            for pending in self._pending.values()
        ]

    def are_due(self, now: float) -> bool:
        return not self._is_sending_again and any(now >= pending.due_at for pending in self._pending.values())

    async def send_again(self, now: float) -> None:
        """One such sending at a time: a broker that is slow to confirm gets no second copy on top."""
        due = [pending for pending in self._pending.values() if now >= pending.due_at]
        self._is_sending_again = True
        try:
            for pending in due:
                pending.due_at = now + RESULT_AGAIN_AFTER
                if pending.message.handover is not None:  # it counts only in the first sending
                    pending.message = pending.message.model_copy(update={"handover": None})
            await self._send([self._outgoing(pending.message, pending.message_id) for pending in due])
        finally:
            self._is_sending_again = False

    def _outgoing(self, message: NodeResult, message_id: str) -> Outgoing:
        queue = routes.results_queue(message.partition)
        return Outgoing(message, routes.RESULTS, queue, self._line.queue, message_id, persistent=True)

    async def _send(self, messages: list[Outgoing]) -> None:
        try:
            await point("worker.before_result")
            await self._line.bus.publish(messages, confirm=True)
            await point("worker.after_result")
        except Unavailable as error:
            log.warning("results_not_sent", count=len(messages), error=error.message)  # sent again in 5 s


class Releases:
    """Attempts given back: repeated until answered, by `node.closed` like a result."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._pending: dict[str, tuple[NodeReleased, float]] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, message: NodeReleased) -> None:
        self._send(attempt_id(message.run, message.node, message.attempt), message, self._clock.monotonic())

    def closed(self, id: str) -> str | None:
        """The claim whose release was answered."""
        pending = self._pending.pop(id, None)
        return None if pending is None else pending[0].claim_id

    def check(self, now: float) -> None:
        for id, (message, due_at) in list(self._pending.items()):
            if now >= due_at:
                self._send(id, message, now)

    def _send(self, id: str, message: NodeReleased, now: float) -> None:
        self._pending[id] = (message, now + RELEASE_AGAIN_AFTER)
        self._line.call(message, message.partition)


def release_of(line: Line, grant: Grant, claim_id: str, reason: str) -> NodeReleased:
    return NodeReleased(
        **line.me,
        partition=grant.partition,
        run=grant.run,
        node=grant.node,
        attempt=grant.attempt,
        claim_id=claim_id,
        reason=reason,
    )
