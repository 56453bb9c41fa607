"""Node runs as documents; every change a compare-and-set on `v`, written by the scheduler only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from plynx_common.domain.errors import NotFound
from plynx_common.domain.failure import Failure
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.retry import Loss
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.documents import CompareAndSet, Document, DocumentStore, In, Insert, Prefix, Sort

NODE_RUNS = "node_runs"


def _same(value: Any) -> Any:
    return value


def _time(value: datetime | None) -> str | None:
    return None if value is None else timestamp(value)


def _to_time(value: str | None) -> datetime | None:
    return None if value is None else parse_timestamp(value)


def _history_out(history: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [_history_entry_out(entry) for entry in history]


def _history_entry_out(entry: dict[str, Any]) -> dict[str, Any]:
    failure: Failure | None = entry["failure"]
    times = {name: _time(entry[name]) for name in ("queued", "started", "ended")}
    return {**entry, **times, "failure": None if failure is None else failure.to_document()}


def _history_in(history: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            **entry,
            **{name: _to_time(entry[name]) for name in ("queued", "started", "ended")},
            "failure": None if entry["failure"] is None else Failure.from_document(entry["failure"]),
        }
        for entry in history
    )


def _losses_out(losses: tuple[Loss, ...]) -> list[dict[str, Any]]:
    return [{"attempt": loss.attempt, "worker": loss.worker, "heard": loss.heard} for loss in losses]


def _losses_in(losses: list[dict[str, Any]]) -> tuple[Loss, ...]:
    return tuple(Loss(**loss) for loss in losses)


def _failure_out(failure: Failure | None) -> dict[str, object] | None:
    return None if failure is None else failure.to_document()


def _failure_in(failure: dict[str, object] | None) -> Failure | None:
    return None if failure is None else Failure.from_document(failure)


_NAMES = tuple(field.name for field in fields(NodeRun))
_CODECS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "state": (lambda state: state.value, NodeState),
    "lost_on": (_losses_out, _losses_in),
    "failure": (_failure_out, _failure_in),
    "history": (_history_out, _history_in),
    **dict.fromkeys(("next_at", "queued_at", "started_at", "finished_at"), (_time, _to_time)),
}
_OUT = tuple((name, _CODECS.get(name, (_same, _same))[0]) for name in _NAMES)
_IN = tuple((name, _CODECS.get(name, (_same, _same))[1]) for name in _NAMES)


def to_document(node: NodeRun) -> Document:
    document = {name: encode(getattr(node, name)) for name, encode in _OUT}
    document["_id"] = node.id
    return document


def from_document(document: Document) -> NodeRun:
    return NodeRun(**{name: decode(document[name]) for name, decode in _IN})


def insertion(node: NodeRun, op_id: str) -> Insert:
    return Insert(NODE_RUNS, {**to_document(node), "op_id": op_id})


def change(old: NodeRun, new: NodeRun, op_id: str) -> CompareAndSet:
    """The write that turns `old`, exactly as it was read, into `new` (whose `v` must be one more).

    The filter names what the decision rested on: state, attempt and the revision of the whole document.
    """
    changed = {
        name: encode(after)
        for name, encode in _OUT
        if (after := getattr(new, name)) is not (before := getattr(old, name)) and after != before
    }
    changed["op_id"] = op_id
    where = {"v": old.v, "state": old.state.value, "attempt": old.attempt}
    return CompareAndSet(NODE_RUNS, old.id, where, changed)


class NodeRuns:
    """Reads; the scheduler's engine owns the writes."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def of_run(self, run: str, *, limit: int | None = None, after: str | None = None) -> list[NodeRun]:
        """In node order; `after` is the node id that the page before ended with."""
        cursor = None if after is None else (f"{run}/{after}", f"{run}/{after}")
        found = await self._documents.find(NODE_RUNS, {"_id": Prefix(f"{run}/")}, limit=limit, after=cursor)
        return [from_document(document) for document in found]

    async def outlines(self, run: str) -> list[Document]:
        """`node`, `state`, `attempt` and `reason` of each, in node order: what a live view shows."""
        where = {"_id": Prefix(f"{run}/")}
        return await self._documents.find(NODE_RUNS, where, fields=("node", "state", "attempt", "reason"))

    async def states_of_run(self, run: str) -> list[NodeState]:
        found = await self._documents.find(NODE_RUNS, {"_id": Prefix(f"{run}/")}, fields=("state",))
        return [NodeState(document["state"]) for document in found]

    async def get_many(self, ids: Sequence[str]) -> dict[str, NodeRun]:
        if not ids:
            return {}
        found = await self._documents.find(NODE_RUNS, {"_id": In(tuple(ids))}, sort=Sort())
        return {document["_id"]: from_document(document) for document in found}

    async def get(self, run: str, node: str) -> NodeRun:
        """Raises `NotFound`."""
        document = await self._documents.get(NODE_RUNS, f"{run}/{node}")
        if document is None:
            raise NotFound(f"run '{run}' has no node '{node}'")
        return from_document(document)
