"""The protocol with one safeguard switched off: each must be caught, or the simulation proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from plynx_common.domain import node_run as facts
from plynx_common.domain import node_transitions
from plynx_common.domain.node_run import TERMINAL, NodeRun
from plynx_common.domain.run import Ended
from plynx_common.interfaces.documents import CompareAndSet, Outcome
from plynx_common.repositories import node_runs
from plynx_scheduler import heartbeats, restoring, results, window
from plynx_scheduler.engine import Engine
from plynx_scheduler.fencing import Standing
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Round
from plynx_scheduler.sweep import Sweep
from plynx_worker.claims import ClaimBook, Verdict
from plynx_worker.results import Results

Patch = Callable[[pytest.MonkeyPatch], None]


def always(answer: Any) -> Callable[..., Any]:
    def say(*_: Any, **__: Any) -> Any:
        return answer

    return say


def fence_is_off(patch: pytest.MonkeyPatch) -> None:
    """Attempt number and claim of a report are not compared."""

    def is_open(node: NodeRun, *_: Any) -> bool:
        return node.closed_attempt < node.attempt

    def standing(node: NodeRun | None, *_: Any) -> Standing:
        if node is None:
            return Standing.DOUBTFUL
        return Standing.HELD if is_open(node) and node.state not in TERMINAL else Standing.OVER

    for module in (results, heartbeats):
        patch.setattr(module, "standing", standing)
    patch.setattr(NodeRun, "is_held_by", is_open)


def terminal_is_not_final(patch: pytest.MonkeyPatch) -> None:
    """A late result replaces what was decided."""

    def finish(node: NodeRun, fact: facts.Finished) -> NodeRun:
        return replace(node, state=facts.NodeState.SUCCEEDED, result=fact.result)

    for state in (facts.NodeState.SUCCEEDED, facts.NodeState.FAILED, facts.NodeState.CANCELLED):
        patch.setitem(node_transitions.TRANSITIONS, (state, facts.Finished), finish)
    patch.setattr(results, "standing", always(Standing.HELD))


def writes_are_blind(patch: pytest.MonkeyPatch) -> None:
    """A change of a node run names no state that it was computed from: T5 takes what somebody else has taken."""
    change = node_runs.change

    def blind(old: NodeRun, new: NodeRun, op_id: str) -> CompareAndSet:
        return replace(change(old, new, op_id), where={})

    patch.setattr(node_runs, "change", blind)


def sweep_is_off(patch: pytest.MonkeyPatch) -> None:
    async def look(*_: Any) -> None:
        """Nothing is found that no message has told of."""

    patch.setattr(Sweep, "look", look)


def misses_are_not_read_again(patch: pytest.MonkeyPatch) -> None:
    learn_node = Round._learn_node

    def learn(round: Round, change: Any, then: Any) -> Any:
        told = learn_node(round, change, then)

        def forgetful(outcome: Outcome) -> None:
            told(outcome)
            change.open_run.unread.pop(change.new.node, None)

        return forgetful

    patch.setattr(Round, "_learn_node", learn)


def unknown_is_taken_for_stored(patch: pytest.MonkeyPatch) -> None:
    """What follows from a write is decided before it is known to be stored."""
    write = Engine._write

    async def hopeful(engine: Engine, round: Round) -> None:
        bulk = round.bulk

        def told() -> Any:
            writes, learn = bulk()
            return writes, [partial(_tell_hoped, tell) for tell in learn]

        patch.setattr(round, "bulk", told)
        await write(engine, round)

    patch.setattr(Engine, "_write", hopeful)


def _tell_hoped(tell: Callable[[Outcome], None], outcome: Outcome) -> None:
    tell(Outcome.STORED if outcome is Outcome.UNKNOWN else outcome)


def claims_start_again(patch: pytest.MonkeyPatch) -> None:
    """A repeated grant is started like the first."""
    grant = ClaimBook.grant

    def generous(book: ClaimBook, claim_id: str, now: float, *, has_room: bool) -> Verdict:
        verdict = grant(book, claim_id, now, has_room=has_room)
        return Verdict.START if verdict is Verdict.IGNORE and has_room else verdict

    patch.setattr(ClaimBook, "grant", generous)


def results_are_sent_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Results, "are_due", always(answer=False))


def hints_are_rung_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window, "_patience", always(1e9))


def hits_are_not_verified(patch: pytest.MonkeyPatch) -> None:
    """A cache entry is believed without asking whether its artifacts exist."""

    def believe(round: Round, open_run: OpenRun, nodes: Any) -> None:
        for node in nodes:
            restoring._restore(round, open_run, node, open_run.lookups[node])

    patch.setattr(restoring, "_verify", believe)


def runs_close_from_memory(patch: pytest.MonkeyPatch) -> None:
    async def believe(round: Round, _: Any) -> None:
        for open_run in round.closings.values():
            counts = {state.value: count for state, count in open_run.counts.items() if count}
            round.change_run(open_run, Ended(at=round.now, counts=counts))

    patch.setattr("plynx_scheduler.closing.read_closings", believe)

    def is_complete(run: OpenRun) -> bool:
        return all(node.state in TERMINAL for node in run.nodes.values())

    patch.setattr(OpenRun, "is_complete", property(is_complete))


def failures_stay_open(patch: pytest.MonkeyPatch) -> None:
    """A failed attempt is not closed, so that it may come back."""
    end_badly = node_transitions.end_badly

    def half(node: NodeRun, *told: Any) -> NodeRun:
        return replace(end_badly(node, *told), closed_attempt=node.closed_attempt)

    patch.setattr(node_transitions, "end_badly", half)


MUTANTS: dict[str, Patch] = {
    patch.__name__: patch
    for patch in (
        fence_is_off,
        terminal_is_not_final,
        writes_are_blind,
        sweep_is_off,
        misses_are_not_read_again,
        unknown_is_taken_for_stored,
        claims_start_again,
        results_are_sent_once,
        hints_are_rung_once,
        hits_are_not_verified,
        runs_close_from_memory,
        failures_stay_open,
    )
}


@contextmanager
def mutated(name: str | None) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if name is not None:
            MUTANTS[name](patch)
        yield
