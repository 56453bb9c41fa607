"""What several resources show: runs, node runs, verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from plynx_common.domain.errors import Issue
from plynx_common.domain.issues import has_errors
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run


class View(BaseModel):
    """Written by us from what we know: read from attributes, never validated against people's mistakes."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class IssueView(View):
    path: str
    """JSON pointer into the document."""
    code: str
    message: str
    severity: str
    """`error` or `warning`."""


class Verdict(View):
    valid: bool
    issues: list[IssueView]


def verdict(issues: Iterable[Issue]) -> Verdict:
    found = [IssueView.model_validate(issue) for issue in issues]
    return Verdict(valid=not has_errors(issues), issues=found)


class RunView(View):
    id: str
    team: str
    title: str
    graph_id: str | None
    state: str
    counts: dict[str, int]
    """Node runs by state."""
    seq: int
    """Raised by every change of the run or its nodes."""
    priority: int
    failure_policy: str
    force: bool | tuple[str, ...]
    from_run: str | None
    """Results outside the cone of `from_node` are taken from that run."""
    from_node: tuple[str, ...]
    labels: dict[str, str]
    author: str
    idempotency_key: str | None
    trigger: dict[str, Any] | None
    cancel_requested: bool
    stuck: dict[str, Any] | None
    """Why the scheduler cannot go on with it, and since when."""
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class RunDetail(RunView):
    parameters: dict[str, Any]
    """Of the graph, as this run has them."""


class ArtifactRefView(View):
    digest: str
    size: int
    type: str


class GraphDifference(View):
    subject: str
    """`graph`, `parameter`, `operation`, `node` or `link`."""
    name: str
    change: str
    """`added`, `removed` or `changed`."""
    field: str
    """What of it; empty where all of it was added or removed."""
    before: Any
    after: Any
    message: str


class FailureView(View):
    kind: str
    message: str
    """For people: names the thing and the remedy."""
    retryable: bool
    exit_code: int | None
    signal: int | None
    stderr_tail: str


class AttemptView(View):
    attempt: int
    worker: str | None
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str
    """`succeeded`, `failed`, `lost`, `released`, `cancelled`; of an open one `running` or `cancelling`, and `lost`
    while its worker may still come back."""
    failure: FailureView | None


class NodeView(View):
    run: str
    node: str
    state: str
    reason: str | None
    """Why it is where it is, for people."""
    pool: str
    attempt: int
    """Number of the newest attempt; 0: none yet."""
    tries: int
    """Executions, lost and failed ones included."""
    worker: str | None
    user_failures: int
    losses: int
    releases: int
    next_at: datetime | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    outputs: dict[str, ArtifactRefView]
    timings: dict[str, Any]
    failure: FailureView | None
    cache_key: str | None
    restored_from: dict[str, Any] | None
    """Of a restored node: run, node and attempt that made its outputs, or the file that holds them."""
    attempts: list[AttemptView]
    """Ended ones, the oldest first."""


def run_view(run: Run) -> RunView:
    return RunView.model_validate(run)


def run_detail(run: Run) -> RunDetail:
    return RunDetail.model_validate(run)


def node_view(node: NodeRun) -> NodeView:
    result = node.result or {}
    is_open = node.worker is not None and node.attempt > node.closed_attempt
    same = ("run", "node", "reason", "pool", "attempt", "worker", "user_failures", "next_at", "queued_at")
    same += ("started_at", "finished_at", "cache_key", "restored_from")
    return NodeView(
        **{name: getattr(node, name) for name in same},
        state=node.state.value,
        tries=len(node.history) + is_open,
        losses=len(node.lost_on),
        releases=node.released,
        outputs=result.get("outputs", {}),
        timings=result.get("timings") or {},
        failure=_failure(node.failure),
        attempts=[_attempt(entry) for entry in node.history],
    )


def attempts_of(node: NodeRun) -> list[AttemptView]:
    """Ended ones and the one that is open, the oldest first."""
    ended = [_attempt(entry) for entry in node.history]
    if node.attempt <= node.closed_attempt or node.finished_at is not None:
        return ended
    is_lost = node.state is NodeState.READY
    newest = AttemptView(
        attempt=node.attempt,
        worker=node.worker,
        queued_at=node.queued_at,
        started_at=node.started_at,
        ended_at=None,
        outcome="lost" if is_lost else node.state.value,
        failure=None,
    )
    return [*ended, newest]


def _failure(failure: Any) -> FailureView | None:
    return None if failure is None else FailureView.model_validate(failure)


def _attempt(entry: dict[str, Any]) -> AttemptView:
    return AttemptView(
        attempt=entry["attempt"],
        worker=entry["worker"],
        queued_at=entry["queued"],
        started_at=entry["started"],
        ended_at=entry["ended"],
        outcome=entry["outcome"],
        failure=_failure(entry["failure"]),
    )
