"""Whether a failed attempt is tried again, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from plynx_common.domain.failure import Failure, FailureKind

HEARD_LOSS_LIMIT = 5
"""Losses of attempts that were heard of in a heartbeat, on at least `LOSS_WORKERS` workers."""
LOSS_WORKERS = 2
LOSS_LIMIT = 10
"""Losses in all, heard of or not."""
LONGEST_DELAY = timedelta(hours=1)
INFRASTRUCTURE_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Loss:
    """An attempt that ended without a word of the user's script: it counts against the platform."""

    attempt: int
    worker: str
    heard: bool
    """Named in at least one heartbeat, so it may have started."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    retries: int = 0
    delay: timedelta = timedelta(seconds=5)
    """Before the first retry; doubles with each, up to `LONGEST_DELAY`."""
    retry_on: tuple[int, ...] = ()
    """Exit codes worth a retry; empty: all."""
    fail_when_lost: bool = False
    """`on_lost: fail`: the first heard loss is final."""

    def delay_after(self, failure: Failure, user_failures: int) -> timedelta | None:
        """How long to wait after the `user_failures`-th failure of the user's own; None: no further try."""
        if not failure.retryable or user_failures > self.retries:
            return None
        if self.retry_on and failure.kind is FailureKind.EXIT and failure.exit_code not in self.retry_on:
            return None
        return min(self.delay * 2 ** (user_failures - 1), LONGEST_DELAY)

    def gives_up_after(self, losses: tuple[Loss, ...]) -> bool:
        heard = [loss for loss in losses if loss.heard]
        if self.fail_when_lost and heard:
            return True
        spread = len({loss.worker for loss in heard})
        return len(losses) >= LOSS_LIMIT or (len(heard) >= HEARD_LOSS_LIMIT and spread >= LOSS_WORKERS)


def infrastructure_delay(losses: tuple[Loss, ...]) -> timedelta:
    """The platform's own failures back off too, so that a full disk is not hammered."""
    return min(INFRASTRUCTURE_DELAY * 2 ** max(len(losses) - 1, 0), timedelta(minutes=5))
