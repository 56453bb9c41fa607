"""Runs as a scheduler would have left them: documents, without waiting for one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import SUCCESSFUL, NodeRun, NodeState
from plynx_common.domain.run import fold, outcome
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.repositories.node_runs import insertion
from plynx_common.repositories.runs import RUNS
from tests.unit.api.parts import Stage, graph, node

POOL = "default/default"
SECOND = timedelta(seconds=1)


def chain(*ids: str, **fields: Any) -> dict[str, Any]:
    """Each node reads what the one before has written."""
    nodes = [node(id, inputs={"in": [{"node": ids[n - 1], "output": "out"}]} if n else {}) for n, id in enumerate(ids)]
    return graph(*nodes, **fields)


async def submitted(client: httpx.AsyncClient, document: dict[str, Any], **options: Any) -> str:
    answer = await client.post("/api/v1/runs", json={"graph": document, **options})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def artifact(letter: str) -> dict[str, Any]:
    return {"digest": letter * 64, "size": 3, "type": "file"}


async def put(stage: Stage, run: str, *nodes: NodeRun) -> None:
    """The run's state follows."""
    found = await stage.context.runs.get("default", run)
    await stage.backends.documents.write([insertion(replace(each, run=run), "op") for each in nodes])
    counts = fold(each.state for each in nodes)
    is_over = len(nodes) == len(found.graph["nodes"]) and all(each.finished_at for each in nodes)
    state = outcome(counts, cancel_requested=False).value if is_over else "running"
    await stage.backends.documents.write([CompareAndSet(RUNS, run, {}, {"state": state, "counts": counts})])


def waiting(id: str, **fields: Any) -> NodeRun:
    return NodeRun(run="", node=id, team="default", pool=POOL, **fields)


def done(id: str, began: datetime, seconds: float = 1.0, letter: str = "a", **fields: Any) -> NodeRun:
    """Executed at the first attempt, after a second in the queue."""
    return _ended(id, began, seconds, NodeState.SUCCEEDED, result=_result(letter, seconds), **fields)


def failed(id: str, began: datetime, seconds: float = 1.0, **fields: Any) -> NodeRun:
    failure = Failure(FailureKind.EXIT, "exit code 3", exit_code=3)
    return _ended(id, began, seconds, NodeState.FAILED, failure=failure, reason=failure.message, **fields)


def skipped(id: str, at: datetime, reason: str = "'b' upstream failed") -> NodeRun:
    return waiting(id, state=NodeState.SKIPPED, reason=reason, finished_at=at)


def restored(id: str, at: datetime, letter: str, **origin: Any) -> NodeRun:
    result = {"outputs": {"out": artifact(letter)}}
    return waiting(id, state=NodeState.RESTORED, result=result, restored_from=origin, finished_at=at)


def _result(letter: str, seconds: float) -> dict[str, Any]:
    timings = {"started_at": "2026-01-01T00:00:00Z", "preparing": 0.1, "running": seconds, "finishing": 0.2}
    return {"outputs": {"out": artifact(letter)}, "timings": timings, "logs": {}}


def _ended(id: str, began: datetime, seconds: float, state: NodeState, **fields: Any) -> NodeRun:
    started, ended = began + SECOND, began + SECOND + timedelta(seconds=seconds)
    entry: dict[str, Any] = {
        "attempt": 1,
        "worker": "w1",
        "queued": began,
        "started": started,
        "ended": ended,
        "outcome": "succeeded" if state in SUCCESSFUL else "failed",
        "failure": fields.get("failure"),
    }
    return waiting(
        id,
        state=state,
        attempt=1,
        closed_attempt=1,
        worker="w1",
        queued_at=began,
        started_at=started,
        finished_at=ended,
        history=(entry,),
        **fields,
    )
