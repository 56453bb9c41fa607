"""Every way a node run can change: one table, one function per transition.

For each (state, fact) the table says *moves* (a function), *stale* (ignored: late and repeated messages are normal)
or *illegal* (raises: this can never happen, whatever is lost, late or repeated). A transition whose guard does not hold
(another attempt, another claim) is stale too. No other write to `state` exists. Numbers are those of the design.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

from plynx_common.domain import node_run as facts
from plynx_common.domain.errors import IllegalTransition
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.retry import Loss, infrastructure_delay


class Verdict(Enum):
    STALE = "stale"
    ILLEGAL = "illegal"


Transition = Callable[[NodeRun, Any], NodeRun | None]
"""Returns None where its guard does not hold."""


def apply(node: NodeRun, fact: facts.Fact) -> NodeRun | None:
    """The node run after the fact, or None where the fact is stale. Raises `IllegalTransition`."""
    entry = TRANSITIONS[node.state, type(fact)]
    if entry is Verdict.ILLEGAL:
        raise IllegalTransition(
            f"node run '{node.id}' is {node.state.value}: {type(fact).__name__} cannot happen to it"
        )
    if entry is Verdict.STALE:
        return None
    return entry(node, fact)


def queue(node: NodeRun, fact: facts.Queued) -> NodeRun:
    return replace(node, state=NodeState.READY, queued_at=fact.at, reason=None)


def restore(node: NodeRun, fact: facts.Restored) -> NodeRun:
    return replace(
        node,
        state=NodeState.RESTORED,
        result=fact.result,
        restored_from=fact.origin,
        cache_key=fact.cache_key,
        finished_at=fact.at,
        reason=None,
    )


def skip(node: NodeRun, fact: facts.AncestorFailed) -> NodeRun:
    return replace(node, state=NodeState.SKIPPED, reason=fact.reason, finished_at=fact.at)


def claim(node: NodeRun, fact: facts.Claimed) -> NodeRun | None:
    if node.attempt != fact.attempt - 1:
        return None
    return replace(
        node,
        state=NodeState.RUNNING,
        attempt=fact.attempt,
        worker=fact.worker,
        incarnation=fact.incarnation,
        claim_id_hash=fact.claim_id_hash,
        cache_key=fact.cache_key or node.cache_key,
        queued_at=node.queued_at if node.state is NodeState.READY else fact.at,
        started_at=fact.at,
        history=with_lost_attempt(node, fact.at),
        failure=None,
        reason=None,
    )


def finish(node: NodeRun, fact: facts.Finished) -> NodeRun | None:
    if not node.is_held_by(fact.attempt, fact.claim_id_hash):
        return None
    return replace(
        node,
        state=NodeState.SUCCEEDED,
        closed_attempt=fact.attempt,
        result=fact.result,
        lost_on=without(node.lost_on, fact.attempt),
        finished_at=fact.at,
        history=with_ended(node, fact.at, "succeeded"),
        reason=None,
    )


def fail(node: NodeRun, fact: facts.AttemptFailed) -> NodeRun | None:
    if not node.is_held_by(fact.attempt, fact.claim_id_hash):
        return None
    return end_badly(node, fact.at, fact.failure, fact)


def time_out(node: NodeRun, fact: facts.TimedOut) -> NodeRun | None:
    if not node.is_open(fact.attempt):
        return None
    return end_badly(node, fact.at, fact.failure, fact)


def end_badly(node: NodeRun, at: datetime, failure: Failure, fact: facts.AttemptFailed | facts.TimedOut) -> NodeRun:
    """The open attempt ends with `failure`: another try after a back-off, or the node has failed."""
    losses = without(node.lost_on, node.attempt)
    user_failures = node.user_failures
    if failure.kind is FailureKind.INFRASTRUCTURE:
        losses = (*losses, Loss(node.attempt, node.worker or "", heard=True))
        delay = None if fact.policy.gives_up_after(losses) else infrastructure_delay(losses)
    else:
        user_failures += 1
        delay = fact.policy.delay_after(failure, user_failures)
    ended = replace(
        node,
        closed_attempt=node.attempt,
        user_failures=user_failures,
        lost_on=losses,
        failure=failure,
        reason=failure.message,
        history=with_ended(node, at, "failed", failure),
    )
    if delay is None:
        return replace(ended, state=NodeState.FAILED, finished_at=at)
    return replace(ended, state=NodeState.BACKOFF, next_at=at + delay)


def retry(node: NodeRun, fact: facts.RetryDue) -> NodeRun | None:
    if node.attempt != fact.attempt:
        return None
    return replace(node, state=NodeState.READY, queued_at=fact.at, next_at=None, reason=None)


def lose(node: NodeRun, fact: facts.LeaseExpired) -> NodeRun | None:
    """The attempt stays open: if nobody has claimed since, its worker may still resume it or report its result."""
    if not node.is_open(fact.attempt):
        return None
    losses = (*without(node.lost_on, fact.attempt), Loss(fact.attempt, node.worker or "", fact.heard))
    if not fact.policy.gives_up_after(losses):
        return replace(node, state=NodeState.READY, lost_on=losses, reason=f"lost on worker '{node.worker}'")
    failure = Failure(
        FailureKind.LOST,
        f"lost {len(losses)} times, last on worker '{node.worker}': nothing was heard of it; look at its workers",
        retryable=False,
    )
    return replace(
        node,
        state=NodeState.FAILED,
        closed_attempt=fact.attempt,
        lost_on=losses,
        failure=failure,
        reason=failure.message,
        finished_at=fact.at,
        history=with_ended(node, fact.at, "lost", failure),
    )


def resume(node: NodeRun, fact: facts.Heard) -> NodeRun | None:
    if not node.is_held_by(fact.attempt, fact.claim_id_hash):
        return None
    return replace(node, state=NodeState.RUNNING, lost_on=without(node.lost_on, fact.attempt), reason=None)


def release(node: NodeRun, fact: facts.Released) -> NodeRun | None:
    if not node.is_held_by(fact.attempt, fact.claim_id_hash):
        return None
    return replace(
        node,
        state=NodeState.READY,
        closed_attempt=fact.attempt,
        released=node.released + 1,
        history=with_ended(node, fact.at, "released"),
        reason=None,
    )


def release_lost(node: NodeRun, fact: facts.Released) -> NodeRun | None:
    """It was counted as lost already: it only can no longer return."""
    if not node.is_held_by(fact.attempt, fact.claim_id_hash):
        return None
    return replace(node, closed_attempt=fact.attempt, history=with_ended(node, fact.at, "lost"))


def cancel(node: NodeRun, fact: facts.Cancelled) -> NodeRun:
    return replace(
        node,
        state=NodeState.CANCELLED,
        closed_attempt=node.attempt,
        reason=fact.reason,
        next_at=None,
        finished_at=fact.at,
        history=with_lost_attempt(node, fact.at),
    )


def ask_to_cancel(node: NodeRun, fact: facts.CancelAsked) -> NodeRun:
    return replace(node, state=NodeState.CANCELLING, reason=fact.reason)


def answer_cancel(node: NodeRun, fact: facts.ClaimFact) -> NodeRun | None:
    """Whatever the worker says ends a cancelling attempt."""
    return end_cancel(node, fact) if node.is_held_by(fact.attempt, fact.claim_id_hash) else None


def end_cancel(node: NodeRun, fact: facts.AttemptFact) -> NodeRun | None:
    if not node.is_open(fact.attempt):
        return None
    return replace(
        node,
        state=NodeState.CANCELLED,
        closed_attempt=fact.attempt,
        finished_at=fact.at,
        history=with_ended(node, fact.at, "cancelled"),
    )


def without(losses: tuple[Loss, ...], attempt: int) -> tuple[Loss, ...]:
    return tuple(loss for loss in losses if loss.attempt != attempt)


def with_lost_attempt(node: NodeRun, at: datetime) -> tuple[dict[str, Any], ...]:
    """The history, with an attempt that was lost and now can no longer return."""
    return with_ended(node, at, "lost") if node.closed_attempt < node.attempt else node.history


def with_ended(node: NodeRun, at: datetime, outcome: str, failure: Failure | None = None) -> tuple[dict[str, Any], ...]:
    entry = {
        "attempt": node.attempt,
        "worker": node.worker,
        "queued": node.queued_at,
        "started": node.started_at,
        "ended": at,
        "outcome": outcome,
        "failure": failure,
    }
    return (*node.history, entry)


_S = NodeState
_COLUMNS = tuple(NodeState)


def _row(
    moves: dict[NodeState, Transition], illegal: tuple[NodeState, ...] = ()
) -> dict[NodeState, Transition | Verdict]:
    return {state: moves.get(state, Verdict.ILLEGAL if state in illegal else Verdict.STALE) for state in _COLUMNS}


_NEVER_CLAIMED = (_S.WAITING, _S.RESTORED, _S.SKIPPED)
"""States in which no attempt was ever made, so that nothing can be said about one."""
_PRODUCERS_SUCCEEDED = (_S.READY, _S.RUNNING, _S.BACKOFF, _S.CANCELLING, _S.SUCCEEDED, _S.RESTORED)
"""States that a node only reaches when everything upstream has succeeded, which is final."""

_ROWS: dict[type[facts.Fact], dict[NodeState, Transition | Verdict]] = {
    facts.Queued: _row({_S.WAITING: queue}),
    facts.Restored: _row({_S.WAITING: restore}),
    facts.AncestorFailed: _row({_S.WAITING: skip}, illegal=_PRODUCERS_SUCCEEDED),
    facts.Claimed: _row({_S.WAITING: claim, _S.READY: claim}),
    facts.Finished: _row({_S.RUNNING: finish, _S.READY: finish, _S.CANCELLING: answer_cancel}, illegal=_NEVER_CLAIMED),
    facts.AttemptFailed: _row({_S.RUNNING: fail, _S.READY: fail, _S.CANCELLING: answer_cancel}, illegal=_NEVER_CLAIMED),
    facts.Released: _row(
        {_S.RUNNING: release, _S.READY: release_lost, _S.CANCELLING: answer_cancel}, illegal=_NEVER_CLAIMED
    ),
    facts.Heard: _row({_S.READY: resume}, illegal=_NEVER_CLAIMED),
    facts.RetryDue: _row({_S.BACKOFF: retry}, illegal=_NEVER_CLAIMED),
    facts.LeaseExpired: _row({_S.RUNNING: lose, _S.CANCELLING: end_cancel}, illegal=_NEVER_CLAIMED),
    facts.TimedOut: _row({_S.RUNNING: time_out}, illegal=_NEVER_CLAIMED),
    facts.Cancelled: _row({_S.WAITING: cancel, _S.READY: cancel, _S.BACKOFF: cancel}),
    facts.CancelAsked: _row({_S.RUNNING: ask_to_cancel}),
    facts.CancelOverdue: _row({_S.CANCELLING: end_cancel}, illegal=_NEVER_CLAIMED),
}

TRANSITIONS: dict[tuple[NodeState, type[facts.Fact]], Transition | Verdict] = {
    (state, fact): verdict for fact, row in _ROWS.items() for state, verdict in row.items()
}
