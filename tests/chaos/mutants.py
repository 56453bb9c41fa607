"""The protocol with one safeguard switched off: each must be caught, or the simulation proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from plynx_common.domain import node_run as facts
from plynx_common.domain import node_transitions
from plynx_common.domain.node_run import TERMINAL, NodeRun
from plynx_common.domain.run import Ended, Run, RunState, fold
from plynx_common.interfaces.documents import CompareAndSet, Outcome
from plynx_common.messages.nodes import NodeFailed, NodeFinished, NodeReleased
from plynx_common.repositories import node_runs
from plynx_common.repositories.runs import RUNS
from plynx_scheduler import closing, expiry, heartbeats, outbox, ownership, restoring, results, reusing, window
from plynx_scheduler.engine import Engine
from plynx_scheduler.fencing import Standing, standing
from plynx_scheduler.handlers import HANDLERS
from plynx_scheduler.incoming import Incoming
from plynx_scheduler.leases import Lease, Leases
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Planned, Round
from plynx_scheduler.sweep import Sweep
from plynx_worker.claims import ClaimBook, Verdict
from plynx_worker.results import Results

LEASE_SECONDS = 16.0
Patch = Callable[[pytest.MonkeyPatch], None]


def always(answer: Any) -> Callable[..., Any]:
    def say(*_: Any, **__: Any) -> Any:
        return answer

    return say


def fence_is_off(patch: pytest.MonkeyPatch) -> None:
    """Attempt number and claim of a report are not compared."""

    def is_open(node: NodeRun, *_: Any) -> bool:
        return node.closed_attempt < node.attempt

    def lax(node: NodeRun | None, *_: Any) -> Standing:
        if node is None or node.attempt == 0:
            return Standing.DOUBTFUL
        return Standing.HELD if is_open(node) and node.state not in TERMINAL else Standing.OVER

    for module in (results, heartbeats):
        patch.setattr(module, "standing", lax)
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


def misses_are_taken_for_stored(patch: pytest.MonkeyPatch) -> None:
    """Somebody else was faster, and is not noticed."""
    learn_node = Round._learn_node

    def learn(round: Round, change: Any, then: Any) -> Any:
        told = learn_node(round, change, then)

        def hopeful(outcome: Outcome) -> None:
            told(Outcome.STORED if outcome is Outcome.MISSED else outcome)

        return hopeful

    patch.setattr(Round, "_learn_node", learn)


def told_before_stored(patch: pytest.MonkeyPatch) -> None:
    """Answers go out beside the writes they rest on."""

    async def hasty(engine: Engine, round: Round) -> None:
        writes, learn = round.bulk()
        for told in learn:
            told(Outcome.STORED)
        await engine._publish(round.outgoing)
        round.outgoing = []
        await engine._documents.write(writes)

    patch.setattr(Engine, "_write", hasty)


def doubt_ends_attempts(patch: pytest.MonkeyPatch) -> None:
    """What memory does not know is told to be over, without asking the documents."""

    def believed(*told: Any) -> Standing:
        found = standing(*told)
        return Standing.OVER if found is Standing.DOUBTFUL else found

    for module in (results, heartbeats):
        patch.setattr(module, "standing", believed)


def unknown_results_are_refused(patch: pytest.MonkeyPatch) -> None:
    """What memory does not know goes to the dead letters, without asking the documents."""
    on_result = results.on_result

    def hasty(round: Round, incoming: Incoming, message: Any) -> None:
        incoming.is_read_again = True
        on_result(round, incoming, message)

    for kind in (NodeFinished, NodeFailed, NodeReleased):
        patch.setitem(HANDLERS, kind, hasty)


def results_are_closed_unstored(patch: pytest.MonkeyPatch) -> None:
    """A worker may forget its result as soon as it has arrived."""
    accept = results._accept

    def hasty(round: Round, incoming: Incoming, message: Any, open_run: OpenRun) -> None:
        results._tell_closed(round, incoming, message)
        accept(round, incoming, message, open_run)

    patch.setattr(results, "_accept", hasty)


def leases_run_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    """Time passes for leases also while the instance hears nothing: an outage, a pause, a back-log."""
    renew, start = Leases.renew, Leases.start

    def due(round: Round, lease: Lease) -> bool:
        return round.monotonic - renewed.get(id(lease), round.monotonic) > LEASE_SECONDS

    renewed: dict[int, float] = {}
    loops = asyncio.get_running_loop

    def renewing(leases: Leases, lease: Lease) -> None:
        renewed[id(lease)] = loops().time()
        renew(leases, lease)

    def starting(leases: Leases, *told: Any, **more: Any) -> Lease:
        lease = start(leases, *told, **more)
        renewed[id(lease)] = loops().time()
        return lease

    patch.setattr(Leases, "renew", renewing)
    patch.setattr(Leases, "start", starting)
    patch.setattr(expiry, "_is_due", due)


def partitions_are_not_taken_over(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether an owner is still alive."""
    patch.setattr(ownership, "DEAD_AFTER", 1e9)


def facts_are_told_once(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for changes that were stored and not published."""
    patch.setattr(outbox, "announce_again", always(None))


def marks_come_off_unpublished(patch: pytest.MonkeyPatch) -> None:
    """The outbox is cleared whether or not the broker took the facts."""
    publish = Engine._publish

    async def hopeful(engine: Engine, outgoing: Any) -> bool:
        await publish(engine, outgoing)
        return True

    patch.setattr(Engine, "_publish", hopeful)


def marks_come_off_blindly(patch: pytest.MonkeyPatch) -> None:
    """Of whatever `seq` the mark is by now."""

    def unmark(round: Round, run: Run) -> None:
        round.write_other(CompareAndSet(RUNS, run.id, {}, {"unannounced": False}))

    patch.setattr(outbox, "unmark", unmark)


def runs_do_not_wait_for_their_cache(patch: pytest.MonkeyPatch) -> None:
    def close(round: Round, open_run: OpenRun) -> None:
        if open_run.run.state is not RunState.PENDING and open_run.is_complete and not open_run.unread:
            round.closings[open_run.id] = open_run

    patch.setattr(closing, "close_when_complete", close)


def producers_are_not_awaited(patch: pytest.MonkeyPatch) -> None:
    """A node that needs no data of its producers starts beside them."""

    def soon(open_run: OpenRun, node: NodeRun) -> bool:
        plan = open_run.plan.nodes[node.node]
        is_free = open_run.missing[node.node] == 0 or set(plan.parents) <= set(plan.node.after)
        return is_free and node.state is facts.NodeState.WAITING and open_run.may_start

    patch.setattr(OpenRun, "is_startable_soon", soon)


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


def reused_results_rest_on_nothing(patch: pytest.MonkeyPatch) -> None:
    """A result is taken from another run, whatever became of those that it was made from."""

    def may_be_planned(_: OpenRun, __: Any) -> bool:
        return True

    def taken(open_run: OpenRun, plan: Any) -> Any:
        found = open_run.beginning.taken.get(plan.id)
        return found if found and open_run.beginning.absent.isdisjoint(reusing._digests(found)) else None

    patch.setattr(reusing, "may_be_planned", may_be_planned)
    patch.setattr(reusing, "taken", taken)


def runs_close_with_their_last_node(patch: pytest.MonkeyPatch) -> None:
    """A decision and its consequence go into one bulk."""
    change = Round.change

    def eager(round: Round, open_run: OpenRun, node: str, fact: facts.Fact, then: Any = None) -> Planned:
        planned = change(round, open_run, node, fact, then)
        soon = {id: each.state for id, each in open_run.nodes.items()}
        soon |= {each.new.node: each.new.state for each, _ in round._nodes.values() if each.open_run is open_run}
        is_over = open_run.is_expanded and all(state in TERMINAL for state in soon.values())
        if is_over and open_run.run.state is RunState.RUNNING:
            round.change_run(open_run, Ended(at=round.now, counts=fold(soon.values())))
        return planned

    patch.setattr(Round, "change", eager)


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
        unknown_is_taken_for_stored,
        claims_start_again,
        results_are_sent_once,
        hints_are_rung_once,
        hits_are_not_verified,
        reused_results_rest_on_nothing,
        runs_close_with_their_last_node,
        failures_stay_open,
        misses_are_taken_for_stored,
        told_before_stored,
        doubt_ends_attempts,
        unknown_results_are_refused,
        results_are_closed_unstored,
        leases_run_by_the_clock,
        partitions_are_not_taken_over,
        facts_are_told_once,
        marks_come_off_unpublished,
        marks_come_off_blindly,
        runs_do_not_wait_for_their_cache,
        producers_are_not_awaited,
    )
}


@contextmanager
def mutated(name: str | None) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if name is not None:
            MUTANTS[name](patch)
        yield
