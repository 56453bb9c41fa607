"""The table of node run transitions: complete, and each row does what the design says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plynx_common.domain import node_run as facts
from plynx_common.domain.errors import IllegalTransition
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import TERMINAL, NodeRun, NodeState
from plynx_common.domain.node_transitions import TRANSITIONS, Verdict, apply
from plynx_common.domain.retry import Loss, RetryPolicy
from plynx_common.domain.run import TRANSITIONS as RUN_TRANSITIONS
from plynx_common.domain.run import CancelSeen, Ended, Expanded, Run, RunState
from plynx_common.domain.run import apply as apply_to_run
from tools.generate_states import DESTINATIONS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = [
    facts.Queued,
    facts.Restored,
    facts.AncestorFailed,
    facts.Claimed,
    facts.Finished,
    facts.AttemptFailed,
    facts.Released,
    facts.Heard,
    facts.RetryDue,
    facts.LeaseExpired,
    facts.TimedOut,
    facts.Cancelled,
    facts.CancelAsked,
    facts.CancelOverdue,
]


def a_node(state: NodeState = NodeState.RUNNING, **fields: Any) -> NodeRun:
    defaults: dict[str, Any] = {"attempt": 1, "worker": "w1", "claim_id_hash": "c1"}
    return NodeRun(run="r", node="n", team="t", pool="t/p", state=state, **{**defaults, **fields})


def failed(kind: FailureKind = FailureKind.EXIT, **policy: Any) -> facts.AttemptFailed:
    failure = Failure(kind, "it broke", exit_code=1)
    return facts.AttemptFailed(at=NOW, attempt=1, claim_id_hash="c1", failure=failure, policy=RetryPolicy(**policy))


def test_the_table_has_a_verdict_for_every_state_and_fact():
    assert set(TRANSITIONS) == {(state, fact) for state in NodeState for fact in FACTS}
    families = {facts.Fact, facts.AttemptFact, facts.ClaimFact}
    declared = {each for each in vars(facts).values() if isinstance(each, type) and issubclass(each, facts.Fact)}
    assert declared - families == set(FACTS)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_terminal_is_final(state: NodeState):
    assert all(isinstance(TRANSITIONS[state, fact], Verdict) for fact in FACTS)


def test_a_result_of_another_attempt_or_claim_is_stale():
    result = facts.Finished(at=NOW, attempt=1, claim_id_hash="c1", result={})
    assert apply(a_node(attempt=2), result) is None
    assert apply(a_node(claim_id_hash="other"), result) is None
    assert apply(a_node(closed_attempt=1), result) is None


def test_a_late_result_of_a_lost_attempt_takes_the_loss_back():
    node = a_node(NodeState.READY, lost_on=(Loss(1, "w1", heard=True),))
    after = apply(node, facts.Finished(at=NOW, attempt=1, claim_id_hash="c1", result={}))
    assert after is not None
    assert (after.state, after.lost_on, after.closed_attempt) == (NodeState.SUCCEEDED, (), 1)


def test_a_result_about_a_node_that_was_never_claimed_is_illegal():
    with pytest.raises(IllegalTransition, match="'r/n' is waiting"):
        apply(a_node(NodeState.WAITING, attempt=0), facts.Finished(at=NOW, attempt=1, claim_id_hash="c1", result={}))


def test_a_failure_is_retried_with_doubling_delays_until_the_retries_are_spent():
    first = apply(a_node(), failed(retries=2, delay=timedelta(seconds=4)))
    assert first is not None
    assert (first.state, first.next_at, first.user_failures) == (NodeState.BACKOFF, NOW + timedelta(seconds=4), 1)
    second = apply(a_node(user_failures=1), failed(retries=2, delay=timedelta(seconds=4)))
    assert second is not None
    assert second.next_at == NOW + timedelta(seconds=8)
    last = apply(a_node(user_failures=2), failed(retries=2))
    assert last is not None
    assert (last.state, last.closed_attempt) == (NodeState.FAILED, 1)


def test_only_the_exit_codes_asked_for_are_retried():
    after = apply(a_node(), failed(retries=2, retry_on=(75,)))
    assert after is not None
    assert after.state is NodeState.FAILED


def test_infrastructure_failures_count_as_losses():
    after = apply(a_node(), failed(FailureKind.INFRASTRUCTURE))
    assert after is not None
    assert (after.state, after.user_failures, after.lost_on) == (NodeState.BACKOFF, 0, (Loss(1, "w1", heard=True),))


def test_a_loss_leaves_the_attempt_open_and_the_next_claim_writes_it_into_the_history():
    lost = apply(a_node(), facts.LeaseExpired(at=NOW, attempt=1, heard=False, policy=RetryPolicy()))
    assert lost is not None
    assert (lost.state, lost.closed_attempt, lost.history) == (NodeState.READY, 0, ())
    claim = facts.Claimed(at=NOW, attempt=2, worker="w2", incarnation="1", claim_id_hash="c2")
    claimed = apply(lost, claim)
    assert claimed is not None
    assert [entry["outcome"] for entry in claimed.history] == ["lost"]


@pytest.mark.parametrize(
    ("losses", "fails"),
    [
        ([Loss(n, f"w{n % 2}", heard=True) for n in range(2, 6)], True),
        ([Loss(n, "w1", heard=True) for n in range(2, 6)], False),
        ([Loss(n, f"w{n}", heard=False) for n in range(2, 11)], True),
        ([Loss(n, f"w{n}", heard=False) for n in range(2, 9)], False),
    ],
)
def test_losses_are_forgiven_up_to_the_limits(losses: list[Loss], *, fails: bool):
    node = a_node(lost_on=tuple(losses))
    after = apply(node, facts.LeaseExpired(at=NOW, attempt=1, heard=losses[0].heard, policy=RetryPolicy()))
    assert after is not None
    assert (after.state is NodeState.FAILED) == fails


def test_whatever_the_worker_says_ends_a_cancelling_attempt_as_cancelled():
    for fact in (
        facts.Finished(at=NOW, attempt=1, claim_id_hash="c1", result={}),
        failed(retries=3),
        facts.Released(at=NOW, attempt=1, claim_id_hash="c1"),
    ):
        after = apply(a_node(NodeState.CANCELLING), fact)
        assert after is not None
        assert after.state is NodeState.CANCELLED


def test_a_run_moves_only_along_its_table():
    assert set(RUN_TRANSITIONS) == {
        (RunState.PENDING, Expanded),
        (RunState.PENDING, CancelSeen),
        (RunState.RUNNING, CancelSeen),
        (RunState.RUNNING, Ended),
        (RunState.CANCELLING, Ended),
    }
    run = Run(id="r", partition=0, team="t", graph={})
    with pytest.raises(IllegalTransition):
        apply_to_run(run, Ended(at=NOW, counts={}))


@pytest.mark.parametrize(
    ("counts", "asked", "state"),
    [
        ({"succeeded": 2, "restored": 1}, False, RunState.SUCCEEDED),
        ({"succeeded": 2, "failed": 1}, True, RunState.FAILED),
        ({"succeeded": 3}, True, RunState.CANCELLED),
        ({"succeeded": 1, "cancelled": 1}, False, RunState.CANCELLED),
    ],
)
def test_the_outcome_of_a_run_follows_from_its_nodes(counts: dict[str, int], *, asked: bool, state: RunState):
    run = Run(id="r", partition=0, team="t", graph={}, state=RunState.RUNNING, cancel_requested=asked)
    after = apply_to_run(run, Ended(at=NOW, counts=counts))
    assert after is not None
    assert after.state is state


def test_the_diagram_of_the_docs_knows_where_every_transition_leads():
    moves = {entry.__name__ for entry in TRANSITIONS.values() if not isinstance(entry, Verdict)}
    assert set(DESTINATIONS) == moves
    for (state, fact), entry in TRANSITIONS.items():
        if isinstance(entry, Verdict):
            continue
        for retries in (0, 3):
            node = a_node(state, attempt=1 if fact is not facts.Claimed else 0)
            after = apply(node, a_fact(fact, retries))
            assert after is None or after.state in DESTINATIONS[entry.__name__]


def a_fact(fact: type[facts.Fact], retries: int) -> facts.Fact:
    known: dict[str, Any] = {
        "at": NOW,
        "attempt": 1,
        "claim_id_hash": "c1",
        "reason": "why",
        "result": {},
        "origin": {},
        "worker": "w1",
        "incarnation": "1",
        "heard": True,
        "phase": "running",
        "failure": Failure(FailureKind.EXIT, "it broke"),
        "policy": RetryPolicy(retries=retries, fail_when_lost=not retries),
    }
    return fact(**{name: known[name] for name in fact.__dataclass_fields__ if name in known})
