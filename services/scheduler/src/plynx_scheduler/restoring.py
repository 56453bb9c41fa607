"""The cache: keys looked up once a round, hits verified beside the batch, entries stored after their result is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from plynx_common.domain import node_run as facts
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import CompareAndSet, DocumentStore, In, Insert, Outcome
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_common.repositories.cache import CACHE
from plynx_scheduler import closing
from plynx_scheduler.open_run import Lookup, OpenRun
from plynx_scheduler.plan import NodePlan
from plynx_scheduler.round import Planned, Round

ASKED_AGAIN_AFTER = 5.0
"""Seconds without an answer about the artifacts of a hit."""
VERIFY_LIMIT = 500
"""Digests in one question."""


def look_up_or_start(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    """A node whose producers have succeeded: looked up if it may be in the cache, else startable now."""
    plan = open_run.plan.nodes[node.node]
    if open_run.known_miss(plan):
        start(round, open_run, node.node)
        return
    lookup = open_run.lookups.get(node.node)
    if lookup is None:
        round.lookups.append((open_run, node.node))
    elif round.monotonic - lookup.asked_at >= ASKED_AGAIN_AFTER:
        _verify(round, open_run, [node.node])


def start(round: Round, open_run: OpenRun, node: str) -> None:
    round.core.queues.add(open_run, node, round.now)
    round.fresh.append((open_run, node))


async def read_lookups(round: Round, documents: DocumentStore) -> None:
    """One batched read for all nodes that became startable in this round. Raises `StoreUnavailable`."""
    wanted = round.lookups
    if not wanted:
        return
    round.lookups = []
    made = [(open_run, node, Lookup(*components_of(open_run, open_run.plan.nodes[node]))) for open_run, node in wanted]
    ids = tuple(dict.fromkeys(f"{open_run.run.team}/{lookup.key}" for open_run, _, lookup in made))
    found = {entry["_id"]: entry for entry in await documents.find(CACHE, {"_id": In(ids)})}
    hits: dict[str, tuple[OpenRun, list[str]]] = {}
    for open_run, node, lookup in made:
        open_run.lookups[node] = lookup
        lookup.entry = found.get(f"{open_run.run.team}/{lookup.key}")
        if lookup.entry is None or lookup.entry.get("invalid"):
            lookup.is_miss = True
            lookup.is_damaged = lookup.entry is not None
            start(round, open_run, node)
        elif lookup.entry["outputs"]:
            hits.setdefault(open_run.id, (open_run, []))[1].append(node)
        else:
            _restore(round, open_run, node, lookup)
    for open_run, nodes in hits.values():
        _verify(round, open_run, nodes)


def on_verified(round: Round, answer: ArtifactsVerified) -> None:
    """The verdict about hits of one run: present → restored, absent → a miss, no answer → waits, with that reason."""
    open_run = round.core.memory.open.get(answer.ref.partition("/")[2])
    if open_run is None:
        return
    absent = frozenset(answer.absent)
    for node, lookup in list(open_run.lookups.items()):
        known = open_run.nodes.get(node)
        if lookup.is_miss or lookup.asked_ref != answer.ref or known is None or known.state is not NodeState.WAITING:
            continue
        if answer.error is not None:
            lookup.asked_at = round.monotonic
            continue
        if absent.isdisjoint(_digests(lookup.entry)):
            _restore(round, open_run, node, lookup)
        else:
            lookup.is_miss = lookup.is_damaged = True
            if open_run.is_startable_soon(known):
                start(round, open_run, node)


def store_entries(round: Round, open_run: OpenRun) -> None:
    """Cache entries of nodes that are stored as succeeded; the run does not close before they are stored too.

    Equal nodes share one write: any of their results may stand for the others.
    """
    for nodes in _due_by_key(open_run).values():
        entry = _entry(round, open_run, open_run.nodes[nodes[0]])
        is_there = any(open_run.cache_due[node] for node in nodes)
        write = _replacement(entry) if is_there else Insert(CACHE, entry)
        planned = round.write_other(write, partial(_entry_written, open_run=open_run, nodes=nodes, was_there=is_there))
        if planned is Planned.BUSY:  # the round is full, or another run's equal entry is on its way
            _store_again(round, open_run)
            if round.is_full:
                return


def _due_by_key(open_run: OpenRun) -> dict[str, list[str]]:
    due: dict[str, list[str]] = {}
    for node in open_run.cache_due:
        if not open_run.is_unread(node):
            due.setdefault(_lookup_of(open_run, node).key, []).append(node)
    return due


def _store_again(round: Round, open_run: OpenRun) -> None:
    round.decide_once(f"cache {open_run.id}", partial(store_entries, open_run=open_run))


def components_of(open_run: OpenRun, plan: NodePlan) -> tuple[str, dict[str, Any]]:
    """Key of a node whose producers have succeeded, and what it is made of."""
    if plan.key is None:
        raise ValueError(f"node '{plan.id}' is not cacheable")
    inputs = inputs_of(open_run, plan)
    bound = {name: output_of(open_run, *source) for name, source in plan.key.bound.items()}
    return plan.key.key(inputs, bound), plan.key.components(inputs, bound)


def inputs_of(open_run: OpenRun, plan: NodePlan) -> dict[str, list[dict[str, Any]]]:
    """Artifacts of a node's inputs, by name in order."""
    return {
        name: [output_of(open_run, link.node, link.output) for link in links]
        for name, links in plan.node.inputs.items()
    }


def output_of(open_run: OpenRun, node: str, output: str) -> dict[str, Any]:
    result = open_run.nodes[node].result
    if result is None:
        raise ValueError(f"node '{node}' has no result")
    return result["outputs"][output]


def _lookup_of(open_run: OpenRun, node: str) -> Lookup:
    """What was looked up before the node started; one that was forced, or started under another owner, was not."""
    lookup = open_run.lookups.get(node)
    if lookup is None:
        lookup = Lookup(*components_of(open_run, open_run.plan.nodes[node]), is_miss=True)
        open_run.lookups[node] = lookup
    return lookup


def _restore(round: Round, open_run: OpenRun, node: str, lookup: Lookup) -> None:
    entry = lookup.entry or {}
    fact = facts.Restored(
        at=round.now,
        result={"outputs": entry["outputs"]},
        origin={"run": entry["run"], "node": entry["node"], "attempt": entry["attempt"]},
        cache_key=lookup.key,
    )
    if round.change(open_run, node, fact) is Planned.BUSY:
        round.decide_again(partial(_restore, open_run=open_run, node=node, lookup=lookup))


def _verify(round: Round, open_run: OpenRun, nodes: Sequence[str]) -> None:
    """Asks storage whether the artifacts of these hits exist, a question for each `VERIFY_LIMIT` digests."""
    for start_at in range(0, len(nodes), VERIFY_LIMIT):
        part = nodes[start_at : start_at + VERIFY_LIMIT]
        ref = f"{round.core.ids.new('v-')}/{open_run.id}"
        digests: dict[str, None] = {}
        for node in part:
            lookup = open_run.lookups[node]
            lookup.asked_at, lookup.asked_ref = round.monotonic, ref
            digests.update(dict.fromkeys(_digests(lookup.entry)))
        message = ArtifactsVerify(ref=ref, team=open_run.run.team, digests=tuple(digests))
        round.outgoing.append(Outgoing(message, routes.STORAGE, routes.VERIFY_KEY, reply_to=round.core.own_queue))


def _digests(entry: dict[str, Any] | None) -> list[str]:
    return [] if entry is None else [artifact["digest"] for artifact in entry["outputs"].values()]


def _entry(round: Round, open_run: OpenRun, node: NodeRun) -> dict[str, Any]:
    lookup = _lookup_of(open_run, node.node)
    team, plan = open_run.run.team, open_run.plan.nodes[node.node]
    return {
        "_id": f"{team}/{lookup.key}",
        "team": team,
        "key": lookup.key,
        "operation": plan.node.operation,
        "name": plan.operation.name,
        "outputs": (node.result or {}).get("outputs", {}),
        "run": node.run,
        "node": node.node,
        "attempt": attempt_id(node.run, node.node, node.attempt),
        "components": lookup.components,
        "created_at": timestamp(round.now),
    }


def _entry_written(round: Round, outcome: Outcome, *, open_run: OpenRun, nodes: Sequence[str], was_there: bool) -> None:
    for node in nodes:
        if outcome is Outcome.MISSED and was_there:  # it vanished in between
            open_run.cache_due[node] = False
        elif outcome is Outcome.MISSED and _is_replaced(open_run, node):
            open_run.cache_due[node] = True
        elif outcome is not Outcome.UNKNOWN:  # stored, or an equal node was faster
            open_run.cache_due.pop(node, None)
    if open_run.cache_due.keys() & set(nodes):
        _store_again(round, open_run)
    elif not open_run.cache_due:
        round.decide_again(partial(closing.close_when_complete, open_run=open_run))


def _is_replaced(open_run: OpenRun, node: str) -> bool:
    """Whether this result takes the place of an entry that exists: it was forced, or the entry is damaged."""
    lookup = open_run.lookups.get(node)
    return open_run.plan.nodes[node].is_forced or (lookup is not None and lookup.is_damaged)


def _replacement(entry: dict[str, Any]) -> CompareAndSet:
    fields = {name: value for name, value in entry.items() if name != "_id"}
    return CompareAndSet(CACHE, entry["_id"], {}, {**fields, "invalid": None})
