"""The invariants of the protocol as checks of documents: at each applied write, and when everything has ended.

Shared by property tests, simulation and soak: nothing here knows who wrote, or how the documents were read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from plynx_common.domain import dag
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.node_run import SUCCESSFUL, TERMINAL, NodeState
from plynx_common.domain.retry import LOSS_LIMIT
from plynx_common.domain.run import TERMINAL as RUN_TERMINAL
from plynx_common.domain.run import RunState, fold, outcome
from plynx_common.interfaces.documents import CompareAndSet, Delete, Document, Insert, Outcome, Write
from plynx_common.repositories.cache import CACHE
from plynx_common.repositories.node_runs import NODE_RUNS
from plynx_common.repositories.runs import RUNS

OUTBOX = frozenset({"unannounced", "op_id"})
"""What may change in a run that has ended."""

_S = NodeState
_OPEN_COUNT = {
    _S.WAITING: (0,),
    _S.READY: (0,),
    _S.BACKOFF: (0,),
    _S.FAILED: (0,),
    _S.RESTORED: (0,),
    _S.SKIPPED: (0,),
    _S.RUNNING: (1,),
    _S.CANCELLING: (1,),
    _S.SUCCEEDED: (1,),
    _S.CANCELLED: (0, 1),
}
"""Attempts that are neither a user failure, nor a loss, nor released: the open one, or the one that ended the node."""
_RUN_MOVES = {
    RunState.PENDING: (RunState.RUNNING, RunState.CANCELLING),
    RunState.RUNNING: (RunState.CANCELLING, *RUN_TERMINAL),
    RunState.CANCELLING: tuple(RUN_TERMINAL),
}


class Violation(AssertionError):
    """An invariant does not hold; the message begins with its number."""


def must(holds: object, invariant: str, id: str, what: str) -> None:
    if not holds:
        raise Violation(f"{invariant}: '{id}': {what}")


def node_write(old: Document | None, new: Document) -> None:
    """I2, I3, I5, I6 of one node run, from the document before a write and the one after it."""
    if old is None:
        must(new["attempt"] == 0, "I3", new["_id"], "is inserted with an attempt")
        return
    id = new["_id"]
    must(_S(old["state"]) not in TERMINAL, "I2", id, f"is {old['state']}, and was written again: {changes(old, new)}")
    must(old["result"] is None, "I2", id, "has a result, and was written again")
    _attempt_write(old, new)
    _history_write(old, new)
    _columns_write(old, new)


def _attempt_write(old: Document, new: Document) -> None:
    id, state = new["_id"], _S(new["state"])
    step = new["attempt"] - old["attempt"]
    is_open = old["closed_attempt"] < old["attempt"]
    must(step in {0, 1}, "I3", id, f"attempt {old['attempt']} became {new['attempt']}")
    must(old["closed_attempt"] <= new["closed_attempt"] <= new["attempt"], "I3", id, f"closed: {changes(old, new)}")
    if step:
        must(old["state"] in {_S.WAITING, _S.READY}, "I3", id, f"is {old['state']}, and was granted")
        must(state is _S.RUNNING, "I3", id, f"was granted, and is {state.value}")
        must(new["claim_id_hash"] not in {None, old["claim_id_hash"]}, "I5", id, "was granted without a fresh claim")
        return
    must(new["claim_id_hash"] == old["claim_id_hash"], "I5", id, "changed its claim without a new attempt")
    if state is _S.RUNNING:
        must(old["state"] == _S.READY and is_open, "I3", id, f"was resumed from {old['state']}: {changes(old, new)}")
    if state is _S.SUCCEEDED:
        must(old["state"] in {_S.RUNNING, _S.READY} and is_open, "I3", id, "accepted a result of an attempt not open")
        must(new["closed_attempt"] == new["attempt"], "I3", id, "accepted a result, and did not close the attempt")


def _history_write(old: Document, new: Document) -> None:
    before, after = old["history"], new["history"]
    must(after[: len(before)] == before, "I3", new["_id"], "its history was rewritten")
    must(len(after) - len(before) <= 1, "I3", new["_id"], "more than one attempt ended in one write")


def _columns_write(old: Document, new: Document) -> None:
    """I6: what an attempt ended by is counted in its own column."""
    id = new["_id"]
    user = new["user_failures"] - old["user_failures"]
    released = new["released"] - old["released"]
    ended_badly = new["state"] in {_S.BACKOFF, _S.FAILED}
    failure: Document = new["failure"] or {}
    kind = failure.get("kind")
    is_user = ended_badly and kind not in {"infrastructure", "lost", "input_missing"}
    must(user == int(is_user), "I6", id, f"user failures changed by {user}: {changes(old, new)}")
    gives_back = (old["state"], new["state"]) == (_S.RUNNING, _S.READY) and new["closed_attempt"] == new["attempt"]
    must(released == int(gives_back), "I6", id, f"releases changed by {released}: {changes(old, new)}")


def node_accounts(node: Document, retries: int) -> None:
    """I6 of one document: every attempt is in exactly one column, and no column beyond its limit."""
    id, losses = node["_id"], [loss["attempt"] for loss in node["lost_on"]]
    spent = node["user_failures"] + len(losses) + node["released"]
    must(len(losses) == len(set(losses)), "I6", id, f"an attempt is lost twice: {losses}")
    must(node["attempt"] - spent in _OPEN_COUNT[_S(node["state"])], "I6", id, f"is {_accounts(node)}")
    must(node["user_failures"] <= retries + 1, "I6", id, f"has {retries} retries, and is {_accounts(node)}")
    must(len(losses) <= LOSS_LIMIT, "I6", id, f"was lost too often: {_accounts(node)}")


def node_end(node: Document) -> None:
    """I3 of a node run that has ended: each attempt has one outcome, in order."""
    ended = [entry["attempt"] for entry in node["history"]]
    must(_S(node["state"]) in TERMINAL, "I1", node["_id"], f"has not ended: {_accounts(node)}")
    must(ended == list(range(1, node["attempt"] + 1)), "I3", node["_id"], f"{node['attempt']} attempts, ended: {ended}")


def start_of(node: Document, producers: Iterable[Document | None], id: str) -> None:
    """I4: what may start has only producers that are stored as successful."""
    for producer in producers:
        is_done = producer is not None and _S(producer["state"]) in SUCCESSFUL
        must(is_done, "I4", id, f"is {node['state']} before '{producer and producer['_id']}' has succeeded")


def run_write(old: Document | None, new: Document, nodes: Sequence[Document], wanted: int) -> None:
    """I2, I9 of one run; `nodes`: its node runs at this moment, `wanted`: how many its graph has."""
    if old is None:
        return
    id, before, after = new["_id"], RunState(old["state"]), RunState(new["state"])
    if before in RUN_TERMINAL:
        must(set(changes(old, new)) <= OUTBOX, "I2", id, f"has ended, and was written again: {changes(old, new)}")
        return
    must(after is before or after in _RUN_MOVES[before], "I2", id, f"went from {before} to {after}")
    must(new["cancel_requested"] or not old["cancel_requested"], "I8", id, "forgot that it was to be cancelled")
    must(new["seq"] >= old["seq"], "I11", id, "its sequence went back")
    must(new["unannounced"] or new["seq"] == old["seq"], "I11", id, "was changed and not marked as unannounced")
    if before is RunState.PENDING and after is RunState.RUNNING:
        must(len(nodes) == wanted, "I9", id, f"runs with {len(nodes)} of {wanted} node runs")
    if after in RUN_TERMINAL:
        run_end(new, nodes, wanted)


def run_end(run: Document, nodes: Sequence[Document], wanted: int) -> None:
    """I9: a run ends when all its node runs have, with counts and state that are their fold."""
    id = run["_id"]
    alive = [node["_id"] for node in nodes if _S(node["state"]) not in TERMINAL]
    must(not alive and len(nodes) == wanted, "I9", id, f"ended with {len(nodes)} of {wanted} node runs, alive: {alive}")
    counts = fold(_S(node["state"]) for node in nodes)
    must(run["counts"] == counts, "I9", id, f"counts {run['counts']}, and its node runs are {counts}")
    state = outcome(counts, cancel_requested=run["cancel_requested"])
    must(run["state"] == state, "I9", id, f"is {run['state']}, and its node runs say {state.value}")


def changes(old: Document, new: Document) -> dict[str, tuple[Any, Any]]:
    return {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}


def _accounts(node: Document) -> str:
    return (
        f"{node['state']} at attempt {node['attempt']} with {node['user_failures']} user failures, "
        f"{len(node['lost_on'])} losses, {node['released']} releases"
    )


class Watch:
    """Follows a store write by write; `note` raises at the first that breaks an invariant."""

    def __init__(self) -> None:
        self.runs: dict[str, Document] = {}
        self.nodes: dict[str, Document] = {}
        self.cached: dict[str, Document] = {}
        self.claims: dict[str, str] = {}
        """Claim by attempt."""
        self.on_accepted: list[Callable[[Document], None]] = []
        """Called with each node run that has just succeeded or was restored."""
        self._graphs: dict[str, dict[str, tuple[Node, int]]] = {}
        self._of_run: dict[str, dict[str, None]] = {}

    def note(self, batch: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
        for write, told in zip(batch, outcomes, strict=True):
            if told is Outcome.STORED and not isinstance(write, Delete):
                self._stored(write)

    def _stored(self, write: Insert | CompareAndSet) -> None:
        kept = {RUNS: self.runs, NODE_RUNS: self.nodes, CACHE: self.cached}.get(write.collection)
        if kept is None:
            return
        id = str(write.document["_id"]) if isinstance(write, Insert) else write.id
        old = kept.get(id)
        new = kept[id] = after_write(old, write)
        if write.collection == RUNS:
            self._run_written(old, new)
        elif write.collection == NODE_RUNS:
            self._node_written(old, new)

    def _run_written(self, old: Document | None, new: Document) -> None:
        if old is None:
            graph = Graph.model_validate(new["graph"])
            retries = {name: operation.retries for name, operation in graph.operations.items()}
            self._graphs[new["_id"]] = {node.id: (node, retries[node.operation]) for node in graph.nodes}
            self._of_run[new["_id"]] = {}
        run_write(old, new, self.nodes_of(new["_id"]), len(self._graphs[new["_id"]]))
        if new["state"] in RUN_TERMINAL:
            for node in self.nodes_of(new["_id"]):
                self._cache_is_written(node)

    def _cache_is_written(self, node: Document) -> None:
        if node["state"] == _S.SUCCEEDED and node["cache_key"] is not None:
            is_there = f"{node['team']}/{node['cache_key']}" in self.cached
            must(is_there, "T14", node["_id"], "its run ended before its cache entry was stored")

    def _node_written(self, old: Document | None, new: Document) -> None:
        id, run = new["_id"], self.runs[new["run"]]
        self._of_run[new["run"]][id] = None
        must(run["state"] not in RUN_TERMINAL, "I9", id, f"was written after its run has {run['state']}")
        node_write(old, new)
        node_accounts(new, self._graphs[new["run"]][new["node"]][1])
        if new["state"] in {_S.READY, _S.RUNNING, _S.RESTORED}:
            start_of(new, self.producers_of(id), id)
        if old is not None and new["attempt"] > old["attempt"]:
            attempt = f"{id}/{new['attempt']}"
            must(attempt not in self.claims, "I5", attempt, "was granted twice")
            self.claims[attempt] = new["claim_id_hash"]
        if _S(new["state"]) in SUCCESSFUL:
            for watch in self.on_accepted:
                watch(new)

    def producers_of(self, node_run: str) -> list[Document | None]:
        run, _, id = node_run.partition("/")
        return [self.nodes.get(f"{run}/{parent}") for parent in dag.parents_of(self._graphs[run][id][0])]

    def nodes_of(self, run: str) -> list[Document]:
        return [self.nodes[id] for id in self._of_run[run]]

    def open_runs(self) -> list[str]:
        return [id for id, run in self.runs.items() if run["state"] not in RUN_TERMINAL]

    def unannounced(self) -> list[str]:
        return [id for id, run in self.runs.items() if run["unannounced"]]

    def check_end(self) -> None:
        """I1, I3, I9, I11, when the faults have stopped and time has passed."""
        for id, run in self.runs.items():
            must(run["state"] in RUN_TERMINAL, "I1", id, f"is still {run['state']}: {self._states(id)}")
            must(not run["unannounced"], "I11", id, "has ended unannounced")
            for node in self.nodes_of(id):
                node_end(node)
            run_end(run, self.nodes_of(id), len(self._graphs[id]))

    def _states(self, run: str) -> Mapping[str, str]:
        return {node["node"]: _accounts(node) for node in self.nodes_of(run)}


def after_write(old: Document | None, write: Insert | CompareAndSet) -> Document:
    """The document after a write that was stored."""
    if isinstance(write, Insert):
        return dict(write.document)
    after = {**(old or {"_id": write.id}), **write.set}
    for name, item in write.append.items():
        after[name] = [*(after.get(name) or []), item]
    return after
