"""When each node of a run was queued, started and over, and the chain of nodes that decided how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_api.views import AttemptView, View, attempts_of
from plynx_common.domain import dag
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run

PHASES = ("preparing", "running", "finishing")


class AttemptTimes(AttemptView):
    phases: dict[str, float] | None
    """Seconds that its worker spent preparing, running and finishing; null where it has not said."""


class NodeTimes(View):
    node: str
    state: str
    waits_for: tuple[str, ...]
    attempts: list[AttemptTimes]
    finished_at: datetime | None


class CriticalStep(View):
    """A node of the chain, from the moment on at which the one before it was over."""

    node: str
    waited: float
    """Seconds until its last attempt started: in the queue, backing off, or in attempts that came to nothing."""
    worked: float
    """Seconds of that attempt."""


class TimelineView(View):
    run: str
    state: str
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    as_of: datetime
    """What is open is counted up to here."""
    nodes: list[NodeTimes]
    """After those that they wait for."""
    critical_path: list[CriticalStep]


@dataclass(frozen=True, slots=True)
class _Span:
    started: datetime | None
    ended: datetime


def timeline(run: Run, shape: dag.Topology, nodes: Mapping[str, NodeRun], now: datetime) -> TimelineView:
    """`nodes`: those that are planned, by id."""
    as_of = run.finished_at or now
    return TimelineView(
        run=run.id,
        state=run.state.value,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        as_of=as_of,
        nodes=[_node_times(nodes[id], shape.parents[id]) for id in shape.order if id in nodes],
        critical_path=critical_path(run, shape, nodes, as_of),
    )


def critical_path(run: Run, shape: dag.Topology, nodes: Mapping[str, NodeRun], as_of: datetime) -> list[CriticalStep]:
    """From the node that was over last back along the producers that each had to wait for longest."""
    spans = {id: span for id, node in nodes.items() if (span := _span(node, as_of)) is not None}
    path: list[str] = []
    current = _last(spans, shape.order)
    while current is not None:
        path.append(current)
        current = _last(spans, shape.parents[current])
    steps: list[CriticalStep] = []
    since = run.created_at or as_of
    for id in reversed(path):
        span = spans[id]
        ended = max(span.ended, since)
        started = min(max(span.started or ended, since), ended)
        steps.append(
            CriticalStep(node=id, waited=(started - since).total_seconds(), worked=(ended - started).total_seconds())
        )
        since = ended
    return steps


def _last(spans: Mapping[str, _Span], ids: Iterable[str]) -> str | None:
    return max((id for id in ids if id in spans), key=lambda id: spans[id].ended, default=None)


def _span(node: NodeRun, as_of: datetime) -> _Span | None:
    """None: nothing has happened to it that took any time."""
    match node.state:
        case NodeState.SKIPPED | NodeState.WAITING:
            return None
        case NodeState.READY | NodeState.BACKOFF:
            return _Span(None, as_of)
        case _:
            return _Span(node.started_at, node.finished_at or as_of)


def _node_times(node: NodeRun, parents: tuple[str, ...]) -> NodeTimes:
    timings: dict[str, Any] = (node.result or {}).get("timings") or {}
    phases = {name: timings[name] for name in PHASES if name in timings}
    attempts = [
        AttemptTimes(**attempt.model_dump(), phases=phases if phases and attempt.outcome == "succeeded" else None)
        for attempt in attempts_of(node)
    ]
    return NodeTimes(
        node=node.node, state=node.state.value, waits_for=parents, attempts=attempts, finished_at=node.finished_at
    )
