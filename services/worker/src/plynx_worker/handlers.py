"""What comes to the worker's own queue: answers, control, hints that name this worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from plynx_common.interfaces.bus import Delivery
from plynx_common.messages.base import Message
from plynx_common.messages.logs import LogFetch
from plynx_common.messages.nodes import (
    AttemptClosed,
    ClaimDeclined,
    HeartbeatAnswer,
    NodeCancel,
    NodeGranted,
    NodeReady,
)
from plynx_worker.attempt import Interruption
from plynx_worker.claims import Verdict
from plynx_worker.parts import Parts
from plynx_worker.results import release_of
from plynx_worker.slots import needs_of

log = structlog.get_logger()


class Handlers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._by_type: dict[type[Message], Callable[[Any], None]] = {
            NodeGranted: self.granted,
            ClaimDeclined: self.declined,
            AttemptClosed: lambda message: self.closed(message.attempt),
            HeartbeatAnswer: self.heartbeat_answered,
            NodeCancel: self.cancel,
            NodeReady: parts.hints.offer,
        }

    def on_delivery(self, delivery: Delivery) -> None:
        message = delivery.message
        handler = self._by_type.get(type(message))
        if handler is not None:
            handler(message)
        elif isinstance(message, LogFetch):
            self._parts.shelf.fetch(message, delivery.reply_to)
        else:
            log.warning("message_ignored", type=message.type)  # of a release that says more than this one

    def granted(self, message: NodeGranted) -> None:
        parts, grant, claim_id = self._parts, message.grant, message.claim_id
        was_awaited = parts.asks.answered(claim_id)
        has_room = (
            not parts.is_draining
            and parts.slots.has_room(needs_of(grant.operation))
            and not parts.attempts.is_overtaken(grant)
        )
        verdict = parts.book.grant(claim_id, parts.clock.monotonic(), has_room=has_room)
        if verdict is Verdict.START:
            parts.attempts.start(parts.attempts.take(grant, claim_id))
        elif verdict is Verdict.START_ONCE_HEARD:
            parts.attempts.take(grant, claim_id)
            parts.heartbeats.beat()
        elif verdict is Verdict.RELEASE:
            reason = "the worker leaves" if parts.is_draining else "no slot or capacity was free"
            parts.releases.add(release_of(parts.line, grant, claim_id, reason))
        if was_awaited and parts.slots.free:
            parts.slot_freed()
        if message.closed is not None:
            self.closed(message.closed)

    def declined(self, message: ClaimDeclined) -> None:
        parts = self._parts
        parts.book.give_up(message.claim_id, parts.clock.monotonic())
        if parts.asks.answered(message.claim_id):
            parts.slot_freed()
        if message.closed is not None:
            self.closed(message.closed)

    def closed(self, attempt_id: str) -> None:
        """It ended for good, or is no longer this worker's: nothing more is to be said about it."""
        parts = self._parts
        if parts.results.closed(attempt_id):
            return
        released = parts.releases.closed(attempt_id)
        if released is not None:
            parts.book.settle(released, parts.clock.monotonic())
        else:
            parts.attempts.interrupt(attempt_id, Interruption.STOP)

    def heartbeat_answered(self, message: HeartbeatAnswer) -> None:
        attempts = self._parts.attempts
        for attempt_id in (*message.stop, *message.closed):
            self.closed(attempt_id)
        for attempt_id in message.cancel:
            attempts.interrupt(attempt_id, Interruption.CANCEL)
        for attempt_id, token in message.tokens.items():
            if attempt_id in attempts.live:
                attempts.live[attempt_id].token = token
        for attempt_id in message.heard:
            if attempt_id in attempts.live:
                attempts.start(attempts.live[attempt_id])

    def cancel(self, message: NodeCancel) -> None:
        self._parts.attempts.interrupt(message.attempt, Interruption.CANCEL, message.reason)
