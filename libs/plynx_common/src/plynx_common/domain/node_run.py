"""A node run: its states, its record, and the facts that may happen to it.

The table of transitions is `node_transitions.py`; the diagram in the docs is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from plynx_common.domain.failure import Failure
from plynx_common.domain.retry import Loss, RetryPolicy


class NodeState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    BACKOFF = "backoff"
    """Waits for its next try."""
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    RESTORED = "restored"
    """Its outputs came from the cache."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    """Something upstream did not succeed."""


TERMINAL = frozenset(
    {NodeState.SUCCEEDED, NodeState.RESTORED, NodeState.FAILED, NodeState.CANCELLED, NodeState.SKIPPED}
)
SUCCESSFUL = frozenset({NodeState.SUCCEEDED, NodeState.RESTORED})


@dataclass(frozen=True, slots=True)
class NodeRun:
    """The state of one node in a run; written by the scheduler only, each write a compare-and-set on `v`."""

    run: str
    node: str
    team: str
    pool: str
    """Full name, `<team>/<pool>`."""
    state: NodeState = NodeState.WAITING
    attempt: int = 0
    """Number of the newest attempt: the fencing token. 0: never claimed."""
    closed_attempt: int = 0
    """Every attempt up to this one has ended for good."""
    worker: str | None = None
    incarnation: str | None = None
    claim_id_hash: str | None = None
    user_failures: int = 0
    lost_on: tuple[Loss, ...] = ()
    released: int = 0
    next_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cache_key: str | None = None
    result: dict[str, Any] | None = None
    """`outputs`: artifact reference by name, `logs`, `timings`."""
    failure: Failure | None = None
    reason: str | None = None
    """Why it is where it is, for people."""
    restored_from: dict[str, Any] | None = None
    history: tuple[dict[str, Any], ...] = ()
    """One entry per ended attempt."""
    v: int = 0
    """Raised by every write."""

    @property
    def id(self) -> str:
        return f"{self.run}/{self.node}"

    def is_open(self, attempt: int) -> bool:
        return self.attempt == attempt and self.closed_attempt < attempt

    def is_held_by(self, attempt: int, claim_id_hash: str) -> bool:
        return self.is_open(attempt) and self.claim_id_hash == claim_id_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to a node run; time comes with it."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(Fact):
    """T2: startable, and nobody took it in the same round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Fact):
    """T3: a cache entry whose artifacts were just verified."""

    result: dict[str, Any]
    origin: dict[str, Any]
    cache_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AncestorFailed(Fact):
    """T4: an ancestor failed, was skipped or cancelled."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Fact):
    """T5: granted to a worker's claim."""

    attempt: int
    worker: str
    incarnation: str
    claim_id_hash: str
    cache_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFact(Fact):
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFact(AttemptFact):
    """Said by the worker that holds the attempt's claim."""

    claim_id_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(ClaimFact):
    """T6."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(ClaimFact):
    """T7."""

    failure: Failure
    policy: RetryPolicy
    logs: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(ClaimFact):
    """T10: given back unstarted, or drained away from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(ClaimFact):
    """A heartbeat of an attempt that was given up for lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue(AttemptFact):
    """T8: `next_at` has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseExpired(AttemptFact):
    """T9: nothing was heard of it for a lease."""

    heard: bool
    """Whether any heartbeat ever named this attempt."""
    policy: RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut(AttemptFact):
    """T11: its worker reports more seconds in a phase than the limit and the grace."""

    phase: str
    failure: Failure
    policy: RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(Fact):
    """T12: nothing of it runs."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked(Fact):
    """T13: what runs is told to end."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOverdue(AttemptFact):
    """Ten ticks after the cancel the worker has not answered."""
