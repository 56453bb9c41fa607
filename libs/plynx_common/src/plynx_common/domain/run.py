"""A run: one execution of a graph, from an immutable snapshot of what was run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from plynx_common.domain.errors import IllegalTransition
from plynx_common.domain.node_run import TERMINAL as NODE_TERMINAL
from plynx_common.domain.node_run import NodeState


class RunState(StrEnum):
    PENDING = "pending"
    """Inserted; its node runs are not all there yet."""
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (RunState.PENDING, RunState.RUNNING, RunState.CANCELLING)
TERMINAL = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})

FailurePolicy = Literal["continue", "finish_running", "fail_fast"]
"""`continue`: only descendants of a failed node are skipped · `finish_running`: start nothing new · `fail_fast`: also
cancel what runs."""


@dataclass(frozen=True, slots=True)
class Run:
    """The api inserts it and sets `cancel_requested`; every other field is the scheduler's."""

    id: str
    partition: int
    team: str
    graph: dict[str, Any]
    """Snapshot (`plynx_common.domain.graph.Graph` as a document), all operations inlined."""
    title: str = ""
    """Of the graph, else its name: what people see in lists."""
    graph_id: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    state: RunState = RunState.PENDING
    priority: int = 0
    failure_policy: FailurePolicy = "continue"
    force: tuple[str, ...] | bool = False
    """Ignore the cache: for all nodes (True) or for the named ones."""
    from_run: str | None = None
    """The run of the same team that results are taken from, of everything outside the cone of `from_node`."""
    from_node: tuple[str, ...] = ()
    bindings: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By node and parameter the graph parameter that gave its value, which the snapshot has as a plain one."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    idempotency_key: str | None = None
    request_digest: str | None = None
    """Of the body that made it: another body under the same idempotency key is a conflict."""
    trigger: dict[str, Any] | None = None
    author: str = ""
    cancel_requested: bool = False
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """Node runs by state; the exact fold once the run is terminal."""
    seq: int = 0
    """Raised by every bulk that changes the run or its node runs."""
    unannounced: bool = False
    """Changes up to `seq` may not have been published yet."""
    stuck: dict[str, Any] | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    v: int = 0
    """Raised by every write of the scheduler."""

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """All node runs are inserted."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSeen:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """All its node runs are stored as terminal; `counts` is the fold over them."""

    at: datetime
    counts: dict[str, int]


Fact = Expanded | CancelSeen | Ended


def outcome(counts: dict[str, int], *, cancel_requested: bool) -> RunState:
    """Failed if any node failed, else cancelled if asked or any was cancelled, else succeeded."""
    if counts.get(NodeState.FAILED, 0):
        return RunState.FAILED
    if cancel_requested or counts.get(NodeState.CANCELLED, 0):
        return RunState.CANCELLED
    return RunState.SUCCEEDED


def fold(states: Iterable[NodeState]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in states:
        counts[state.value] = counts.get(state.value, 0) + 1
    return counts


def all_terminal(counts: dict[str, int], nodes: int) -> bool:
    return sum(counts.get(state.value, 0) for state in NODE_TERMINAL) == nodes


def _start(run: Run, fact: Expanded) -> Run:
    return replace(run, state=RunState.RUNNING, started_at=fact.at)


def _cancel(run: Run, _fact: CancelSeen) -> Run:
    return replace(run, state=RunState.CANCELLING)


def _end(run: Run, fact: Ended) -> Run:
    state = outcome(fact.counts, cancel_requested=run.cancel_requested)
    return replace(run, state=state, counts=fact.counts, finished_at=fact.at)


TRANSITIONS: dict[tuple[RunState, type], Callable[[Run, Any], Run]] = {
    (RunState.PENDING, Expanded): _start,
    (RunState.PENDING, CancelSeen): _cancel,
    (RunState.RUNNING, CancelSeen): _cancel,
    (RunState.RUNNING, Ended): _end,
    (RunState.CANCELLING, Ended): _end,
}
"""Pairs that are not here: stale, except those in `ILLEGAL`."""

ILLEGAL: frozenset[tuple[RunState, type]] = frozenset({(RunState.PENDING, Ended)})


def apply(run: Run, fact: Fact) -> Run | None:
    """The run after the fact, or None where the fact is stale. Raises `IllegalTransition`."""
    pair = (run.state, type(fact))
    if pair in ILLEGAL:
        raise IllegalTransition(f"run '{run.id}' is {run.state.value}: {type(fact).__name__} cannot happen to it")
    transition = TRANSITIONS.get(pair)
    return transition(run, fact) if transition else None
