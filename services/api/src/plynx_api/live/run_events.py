"""A run as it goes: a snapshot, then each fact; a fresh snapshot wherever a fact is missing (2-protocol §9)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from plynx_api.live.hub import Live, Subscription, facts_of
from plynx_common.domain.node_run import NodeState
from plynx_common.domain.run import TERMINAL, Run, RunState
from plynx_common.messages.runs import RunChanged
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import Runs

LOOK_EVERY = 15.0
"""Seconds without a fact after which the documents are looked at."""
_TERMINAL = frozenset(state.value for state in TERMINAL)


@dataclass(frozen=True, slots=True)
class Snapshot:
    run: Run
    nodes: list[dict[str, Any]]
    """`node`, `state`, `attempt` and `reason` of each."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Nothing happened: the connection lives."""


Event = Snapshot | RunChanged | Ping


Standing = Run | RunChanged
"""How the run stood by what its reader was told last."""


class RunEvents:
    """One reader's view of one run."""

    def __init__(self, live: Live, runs: Runs, node_runs: NodeRuns, *, with_nodes: bool = True) -> None:
        self._live = live
        self._runs = runs
        self._node_runs = node_runs
        self._with_nodes = with_nodes

    async def follow(self, team: str, run: str) -> AsyncGenerator[Event]:
        """Ends with the run. Raises `NotFound` before the first event."""
        async with self._live.listening([facts_of(team, run)]) as subscription:
            snapshot = await self._snapshot(team, run)
            yield snapshot
            told: Standing = snapshot.run
            while told.state not in _TERMINAL and not self._live.is_closing:
                await subscription.wait(LOOK_EVERY)
                async for event in self._news(subscription, team, run, told):
                    yield event
                    match event:
                        case Snapshot():
                            told = event.run
                        case RunChanged():
                            told = event
                        case Ping():
                            pass

    async def _news(self, subscription: Subscription, team: str, run: str, told: Standing) -> AsyncGenerator[Event]:
        messages, behind = subscription.take()
        facts = [message for message in messages if isinstance(message, RunChanged) and message.seq > told.seq]
        if behind or _has_gap(facts, told.seq):
            yield await self._snapshot(team, run)
        elif messages:
            for fact in facts:
                yield fact if self._with_nodes else fact.model_copy(update={"nodes": ()})
            if self._with_nodes and _leave_nodes_out(told, facts):
                yield await self._snapshot(team, run)
        else:
            current = await self._runs.get(team, run, summary=True)
            yield Ping() if current.seq == told.seq else await self._snapshot(team, run)

    async def _snapshot(self, team: str, run: str) -> Snapshot:
        """The run first: facts that are newer than it come again."""
        found = await self._runs.get(team, run, summary=True)
        if not self._with_nodes:
            return Snapshot(found, [])
        nodes = [_outline(node) for node in await self._node_runs.outlines(run)]
        if found.state is RunState.PENDING:
            nodes += await self._not_yet_planned(team, run, {node["node"] for node in nodes})
        return Snapshot(found, nodes)

    async def _not_yet_planned(self, team: str, run: str, known: set[str]) -> list[dict[str, Any]]:
        """As the scheduler will make them in a moment: who has just submitted a run sees all of it at once."""
        graph = (await self._runs.get(team, run)).graph
        missing = (node["id"] for node in graph.get("nodes", ()) if node["id"] not in known)
        return [{"node": id, "state": NodeState.WAITING.value, "attempt": 0, "reason": None} for id in missing]


def _has_gap(facts: list[RunChanged], seq: int) -> bool:
    return any(fact.seq != expected for expected, fact in enumerate(facts, seq + 1))


def _leave_nodes_out(told: Standing, facts: list[RunChanged]) -> bool:
    """Planning inserts node runs without a fact, some of them restored or failed; what is told again names none."""
    if told.state == RunState.PENDING and any(fact.state != RunState.PENDING for fact in facts):
        return True
    stands = [told.counts, *(fact.counts for fact in facts)]
    return any(
        before != after and not fact.nodes for (before, after), fact in zip(pairwise(stands), facts, strict=True)
    )


def _outline(node: dict[str, Any]) -> dict[str, Any]:
    return {name: node[name] for name in ("node", "state", "attempt", "reason")}
