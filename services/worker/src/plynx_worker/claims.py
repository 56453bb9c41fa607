"""The book of claims: what became of each claim id, so that each of them starts at most one attempt, once."""

from __future__ import annotations

from collections import deque
from enum import Enum

REMEMBERED_FOR = 600.0
"""Seconds after a claim is settled."""
MOST_SETTLED = 100_000
"""Beyond it the oldest are forgotten early. That is safe: a grant of an unknown claim is released, not started."""
STALE_AFTER = 14.0
"""Seconds after which the owner may have given the attempt up for lost: it starts only once it is heard."""


class Fate(Enum):
    ASKED = "asked"
    GIVEN_UP = "given up"
    """Declined, or unanswered for too long; nobody waits for it, and a late grant may still start."""
    TAKEN = "taken"
    RELEASED = "released"


class Verdict(Enum):
    """What to do with a grant."""

    START = "start"
    START_ONCE_HEARD = "start once heard"
    """Take it, and start it after a heartbeat naming it was answered without `stop`."""
    RELEASE = "release"
    IGNORE = "ignore"
    """A repeat of what was taken."""


class _Claim:
    __slots__ = ("asked_at", "fate", "settled_at")

    def __init__(self, asked_at: float) -> None:
        self.fate = Fate.ASKED
        self.asked_at = asked_at
        self.settled_at: float | None = None


class ClaimBook:
    """Pure: the time is passed in, by one monotonic clock."""

    def __init__(self) -> None:
        self._claims: dict[str, _Claim] = {}
        self._settled: deque[tuple[float, str]] = deque()

    def __len__(self) -> int:
        return len(self._claims)

    def fate(self, claim_id: str) -> Fate | None:
        claim = self._claims.get(claim_id)
        return None if claim is None else claim.fate

    def ask(self, claim_id: str, now: float) -> None:
        """A fresh id; repeats of the same question are not noted again."""
        if claim_id in self._claims:
            raise ValueError("a claim id is asked once: make a fresh one")
        self._claims[claim_id] = _Claim(now)

    def give_up(self, claim_id: str, now: float) -> None:
        claim = self._claims.get(claim_id)
        if claim is not None and claim.fate is Fate.ASKED:
            claim.fate = Fate.GIVEN_UP
            self.settle(claim_id, now)

    def grant(self, claim_id: str, now: float, *, has_room: bool) -> Verdict:
        """`has_room`: slot and capacity are free for exactly this grant, and the worker takes new work."""
        claim = self._claims.get(claim_id)
        if claim is None:
            return Verdict.RELEASE
        if claim.fate is Fate.TAKEN:
            return Verdict.IGNORE
        claim.settled_at = None
        if claim.fate is Fate.RELEASED or not has_room:
            claim.fate = Fate.RELEASED
            return Verdict.RELEASE
        claim.fate = Fate.TAKEN
        return Verdict.START_ONCE_HEARD if now - claim.asked_at > STALE_AFTER else Verdict.START

    def settle(self, claim_id: str, now: float) -> None:
        """Nothing is left to do about it: its attempt is closed, or its release was answered."""
        claim = self._claims.get(claim_id)
        if claim is not None and claim.settled_at is None:
            claim.settled_at = now
            self._settled.append((now, claim_id))

    def forget_old(self, now: float) -> None:
        settled = self._settled
        while settled and (now - settled[0][0] >= REMEMBERED_FOR or len(settled) > MOST_SETTLED):
            settled_at, claim_id = settled.popleft()
            claim = self._claims.get(claim_id)
            if claim is not None and claim.settled_at == settled_at:
                del self._claims[claim_id]
