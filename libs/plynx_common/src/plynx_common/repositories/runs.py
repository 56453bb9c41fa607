"""Runs as documents: inserted and asked to cancel by the api, everything else written by the scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.domain.run import OPEN, Run, RunState
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Document,
    DocumentStore,
    In,
    Insert,
    Outcome,
    Sort,
)

RUNS = "runs"
OPEN_STATES = tuple(state.value for state in OPEN)
_TIMES = ("created_at", "started_at", "finished_at")
_NAMES = tuple(field.name for field in fields(Run) if field.name != "id")
SUMMARY_FIELDS = tuple(name for name in _NAMES if name not in ("graph", "parameters", "bindings"))
"""Everything but the specification, which may be megabytes."""


def to_document(run: Run) -> Document:
    document: Document = {name: getattr(run, name) for name in _NAMES}
    document["_id"] = run.id
    document["state"] = run.state.value
    document["force"] = list(run.force) if isinstance(run.force, tuple) else run.force
    document["from_node"] = list(run.from_node)
    for name in _TIMES:
        document[name] = None if document[name] is None else timestamp(document[name])
    return document


def from_document(document: Document) -> Run:
    values = {name: document[name] for name in _NAMES if name in document}
    values["state"] = RunState(values["state"])
    values.setdefault("graph", {})
    if isinstance(values.get("force"), list):
        values["force"] = tuple(values["force"])
    values["from_node"] = tuple(values.get("from_node", ()))
    for name in _TIMES:
        values[name] = None if values[name] is None else parse_timestamp(values[name])
    return Run(id=document["_id"], **values)


def change(old: Run, new: Run, op_id: str, where: Mapping[str, Any] | None = None) -> CompareAndSet:
    """The scheduler's write that turns `old` into `new` (whose `v` must be one more)."""
    before, after = to_document(old), to_document(new)
    changed = {name: after[name] for name in _NAMES if after[name] != before[name]}
    changed.pop("cancel_requested", None)
    changed["unannounced"] = new.unannounced  # taken off by who has published, unseen by who still remembers it
    changed["op_id"] = op_id
    return CompareAndSet(RUNS, old.id, {"v": old.v, "state": old.state.value, **(where or {})}, changed)


class Runs:
    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def insert(self, run: Run) -> Run:
        """Stores a pending run; the same idempotency key and body return the run that is there.

        Raises `Conflict` where the key was used with another body.
        """
        (outcome,) = await self._documents.write([Insert(RUNS, to_document(run))])
        if outcome is Outcome.STORED:
            return run
        existing = await self.find(run.id)
        if existing is None:
            raise Conflict(f"run '{run.id}' could not be stored; submit it again with the same idempotency key")
        if existing.request_digest != run.request_digest:
            raise Conflict(
                f"idempotency key '{run.idempotency_key}' was already used with another body (run '{run.id}'); "
                "use a fresh key for a different run"
            )
        return existing

    async def request_cancel(self, team: str, run: str) -> None:
        """Sets `cancel_requested` unless the run has ended. Raises `NotFound`."""
        await self.get(team, run, summary=True)
        where = {"team": team, "state": In(OPEN_STATES)}
        await self._documents.write([CompareAndSet(RUNS, run, where, {"cancel_requested": True})])

    async def get(self, team: str, run: str, *, summary: bool = False) -> Run:
        """Raises `NotFound`, also for another team's run."""
        if not summary:
            document = await self._documents.get(RUNS, run)
        else:
            found = await self._documents.find(RUNS, {"_id": run}, fields=SUMMARY_FIELDS)
            document = found[0] if found else None
        if document is None or document["team"] != team:
            raise NotFound(f"there is no run '{run}'")
        return from_document(document)

    async def find(self, run: str) -> Run | None:
        """For the scheduler: in any team."""
        document = await self._documents.get(RUNS, run)
        return None if document is None else from_document(document)

    async def newest(
        self, team: str, *, where: Mapping[str, Any], limit: int, after: tuple[str, str] | None = None
    ) -> list[Run]:
        """Summaries, newest first; `after` = (`created_at`, id) of the last one of the page before."""
        found = await self._documents.find(
            RUNS,
            {**where, "team": team},
            sort=Sort("created_at", descending=True),
            limit=limit,
            after=after,
            fields=SUMMARY_FIELDS,
        )
        return [from_document(document) for document in found]
