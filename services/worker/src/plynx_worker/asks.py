"""Claims that wait for their answer: each reserves a slot, is repeated, and is given up in the end."""

from __future__ import annotations

from collections.abc import Callable

from plynx_common.interfaces.bus import Settlement
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.messages.nodes import ClaimRequest, NodeClaim
from plynx_worker.claims import ClaimBook
from plynx_worker.hints import Hint
from plynx_worker.line import Line
from plynx_worker.slots import Slots

REPEAT_AFTER = 3.0
MOST_SENT = 6
HAND_OVER_FOR = 1.5
"""Seconds without an answer after which a slot goes back to the hints."""


class _Ask:
    __slots__ = ("due_at", "hint", "request", "sent")

    def __init__(self, request: ClaimRequest, hint: Hint | None, due_at: float) -> None:
        self.request = request
        self.hint = hint
        """None: a hand-over, sent with its result."""
        self.due_at = due_at
        self.sent = 1


class Asks:
    """`on_given_up` is called with the hint that is to be rung again, or None, when a slot has become free unasked."""

    def __init__(self, line: Line, book: ClaimBook, slots: Slots, clock: Clock, ids: Ids) -> None:
        self.on_given_up: Callable[[Hint | None], None] = lambda _: None
        self._line = line
        self._book = book
        self._slots = slots
        self._clock = clock
        self._ids = ids
        self._waiting: dict[str, _Ask] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def for_hint(self, hint: Hint) -> None:
        request = self._ask(hint.message.pool, hint.message.hint_id)
        self._waiting[request.claim_id] = ask = _Ask(request, hint, self._clock.monotonic() + REPEAT_AFTER)
        self._send(ask, hint)

    def hand_over(self, pool: str) -> ClaimRequest:
        """To be sent with a result."""
        request = self._ask(pool, None)
        self._waiting[request.claim_id] = _Ask(request, None, self._clock.monotonic() + HAND_OVER_FOR)
        return request

    def answered(self, claim_id: str) -> bool:
        """Its slot is free again, its hint acknowledged. False for a claim that nobody waits for."""
        ask = self._waiting.pop(claim_id, None)
        if ask is None:
            return False
        self._slots.unreserve()
        if ask.hint is not None:
            ask.hint.settle(Settlement.ACK)
        return True

    def check(self, now: float) -> None:
        for claim_id, ask in [(claim_id, ask) for claim_id, ask in self._waiting.items() if now >= ask.due_at]:
            if ask.hint is None or ask.sent >= MOST_SENT:
                self._give_up(claim_id, ask, now)
            else:
                ask.sent += 1
                ask.due_at = now + REPEAT_AFTER
                self._send(ask, ask.hint)

    def repeat_now(self) -> None:
        """The own queue has another name: answers on their way to the old one are lost."""
        for ask in self._waiting.values():
            if ask.hint is not None:
                self._send(ask, ask.hint)

    def give_up_all(self) -> None:
        """The worker leaves; its consumers have given the hints back."""
        for claim_id in list(self._waiting):
            del self._waiting[claim_id]
            self._slots.unreserve()
            self._book.give_up(claim_id, self._clock.monotonic())

    def _ask(self, pool: str, hint_id: str | None) -> ClaimRequest:
        claim_id = self._ids.new()
        request = ClaimRequest(claim_id=claim_id, hint_id=hint_id, pool=pool, capacity=self._slots.left())
        self._slots.reserve()
        self._book.ask(claim_id, self._clock.monotonic())
        return request

    def _send(self, ask: _Ask, hint: Hint) -> None:
        partition = hint.message.partition
        self._line.call(NodeClaim(**self._line.me, partition=partition, claim=ask.request), partition)

    def _give_up(self, claim_id: str, ask: _Ask, now: float) -> None:
        del self._waiting[claim_id]
        self._slots.unreserve()
        self._book.give_up(claim_id, now)
        self.on_given_up(ask.hint)
