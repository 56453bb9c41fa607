"""Any order and any duplication of facts keeps what must hold for a node run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plynx_common.domain import node_run as facts
from plynx_common.domain.errors import IllegalTransition
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import TERMINAL, NodeRun, NodeState
from plynx_common.domain.node_transitions import apply
from plynx_common.domain.retry import HEARD_LOSS_LIMIT, LOSS_LIMIT, RetryPolicy
from plynx_common.repositories import node_runs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = RetryPolicy(retries=2)
attempts = st.integers(1, 4)
claims = st.sampled_from(["c1", "c2", "c3"])
failures = st.sampled_from([FailureKind.EXIT, FailureKind.INFRASTRUCTURE, FailureKind.TIMEOUT])


def a_failure(kind: FailureKind) -> Failure:
    return Failure(kind, "broken")


any_fact = st.one_of(
    st.just(facts.Queued(at=NOW)),
    st.just(facts.Restored(at=NOW, result={}, origin={})),
    st.just(facts.Cancelled(at=NOW, reason="asked")),
    st.just(facts.CancelAsked(at=NOW, reason="asked")),
    st.builds(
        facts.Claimed, at=st.just(NOW), attempt=attempts, worker=claims, incarnation=st.just("1"), claim_id_hash=claims
    ),
    st.builds(facts.Finished, at=st.just(NOW), attempt=attempts, claim_id_hash=claims, result=st.just({})),
    st.builds(
        facts.AttemptFailed,
        at=st.just(NOW),
        attempt=attempts,
        claim_id_hash=claims,
        failure=failures.map(a_failure),
        policy=st.just(POLICY),
    ),
    st.builds(facts.Released, at=st.just(NOW), attempt=attempts, claim_id_hash=claims),
    st.builds(facts.Heard, at=st.just(NOW), attempt=attempts, claim_id_hash=claims),
    st.builds(facts.RetryDue, at=st.just(NOW), attempt=attempts),
    st.builds(facts.LeaseExpired, at=st.just(NOW), attempt=attempts, heard=st.booleans(), policy=st.just(POLICY)),
    st.builds(facts.CancelOverdue, at=st.just(NOW), attempt=attempts),
)


def play(history: list[facts.Fact]) -> list[NodeRun]:
    node = NodeRun(run="r", node="n", team="t", pool="t/p")
    seen = [node]
    for fact in history:
        try:
            after = apply(node, fact)
        except IllegalTransition:
            continue
        if after is not None:
            node = replace(after, v=node.v + 1)
            seen.append(node)
    return seen


@given(st.lists(any_fact, max_size=40))
def test_attempts_only_grow_and_close_only_what_was_granted(history: list[facts.Fact]):
    seen = play(history)
    for before, after in pairwise(seen):
        assert before.state not in TERMINAL
        assert after.attempt in (before.attempt, before.attempt + 1)
        assert before.closed_attempt <= after.closed_attempt <= after.attempt
        assert len(after.history) - len(before.history) in (0, 1)


@given(st.lists(any_fact, max_size=60))
def test_every_attempt_has_at_most_one_outcome_and_the_last_one_counts(history: list[facts.Fact]):
    node = play(history)[-1]
    ended = [entry["attempt"] for entry in node.history]
    assert ended == sorted(set(ended))
    if node.state is NodeState.SUCCEEDED:
        assert node.history[-1]["outcome"] == "succeeded"
        assert node.history[-1]["attempt"] == node.attempt == node.closed_attempt
    if node.state in TERMINAL:
        assert len(ended) == node.attempt, "each attempt of an ended node run has its entry"


@given(st.lists(any_fact, max_size=200))
def test_tries_stay_within_retries_losses_and_releases(history: list[facts.Fact]):
    for node in play(history):
        assert node.user_failures <= 1 + POLICY.retries
        assert len(node.lost_on) <= LOSS_LIMIT
        heard = [loss for loss in node.lost_on if loss.heard]
        spread = {loss.worker for loss in heard}
        assert node.state is NodeState.FAILED or len(heard) < HEARD_LOSS_LIMIT or len(spread) < 2
        assert node.attempt <= 1 + POLICY.retries + LOSS_LIMIT + node.released


@given(st.lists(any_fact, max_size=40))
def test_repeating_a_fact_at_once_changes_nothing(history: list[facts.Fact]):
    twice = [fact for fact in history for _ in range(2)]
    queued_twice = (facts.Claimed, facts.LeaseExpired)
    if not any(isinstance(fact, queued_twice) for fact in history):
        assert play(twice)[-1] == play(history)[-1]


@given(st.lists(any_fact, max_size=40))
def test_a_node_run_survives_the_way_through_its_document(history: list[facts.Fact]):
    for node in play(history):
        assert node_runs.from_document(node_runs.to_document(node)) == node
