"""What follows from the documents: each transition whose condition holds is planned, whoever asks.

The fast path (`after_changes`) and the sweep (`settle`) end in the same `settle_node`: neither can do more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from plynx_common.domain import node_run as facts
from plynx_common.domain.node_run import SUCCESSFUL, TERMINAL, NodeRun, NodeState
from plynx_common.domain.run import CancelSeen, Expanded, RunState
from plynx_scheduler import cancelling, closing, expansion, restoring
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import NodeChange, Planned, Round

UNSUCCESSFUL = TERMINAL - SUCCESSFUL


def settle(round: Round, open_run: OpenRun) -> None:
    """Looks at the whole run; what does not fit into this round goes on in the next."""
    if not _is_ours(round, open_run):
        return
    open_run.settled_at = round.monotonic
    if open_run.run.state is RunState.PENDING and not open_run.is_expanded:
        if expansion.expand(round, open_run):
            _settle_again(round, open_run)
        return
    _settle_run(round, open_run)
    restoring.store_entries(round, open_run)
    for node in list(open_run.nodes.values()):
        if round.is_full:
            _settle_again(round, open_run)
            return
        if node.state in UNSUCCESSFUL:
            skip_cone(round, open_run, node)
        elif node.state not in TERMINAL:
            settle_node(round, open_run, node)
    closing.close_when_complete(round, open_run)


def _is_ours(round: Round, open_run: OpenRun) -> bool:
    """Still in memory, of an owned partition, and not put aside because it raised too often."""
    return (
        round.core.memory.open.get(open_run.id) is open_run
        and round.core.owns(open_run.run.partition)
        and round.monotonic >= open_run.stuck_until
    )


def _settle_again(round: Round, open_run: OpenRun) -> None:
    round.decide_once(f"settle {open_run.id}", partial(settle, open_run=open_run))


def after_changes(round: Round, open_run: OpenRun, changes: Sequence[NodeChange]) -> None:
    """What follows from the stored transitions of one run."""
    if round.core.memory.open.get(open_run.id) is not open_run:
        return
    for change in changes:
        _after_change(round, open_run, change.new)
    restoring.store_entries(round, open_run)
    closing.close_when_complete(round, open_run)


def _after_change(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    if node.state in SUCCESSFUL:
        for child in open_run.plan.nodes[node.node].children:
            if open_run.missing[child] == 0 and child in open_run.nodes:
                settle_node(round, open_run, open_run.nodes[child])
    elif node.state in UNSUCCESSFUL:
        skip_cone(round, open_run, node)
        if node.state is NodeState.FAILED and open_run.run.failure_policy != "continue":
            _settle_again(round, open_run)
    elif not (node.state is NodeState.WAITING and node.attempt == 0 and not open_run.is_expanded):
        settle_node(round, open_run, node)


def settle_node(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    """Whatever is due for one node that is not terminal."""
    if node.node in open_run.unread:
        return
    if cancelling.settle_node(round, open_run, node):
        return
    match node.state:
        case NodeState.WAITING if open_run.is_startable_soon(node):
            restoring.look_up_or_start(round, open_run, node)
        case NodeState.READY if open_run.is_grantable(node):
            round.core.queues.add(open_run, node.node, node.queued_at or round.now)
        case NodeState.BACKOFF:
            _retry_when_due(round, open_run, node)
        case _:
            pass


def skip_cone(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    """T4 for everything that waits below a node that did not succeed: the whole cone at once, not level by level."""
    reason = node.reason if node.state is NodeState.SKIPPED else f"'{node.node}' upstream {node.state.value}"
    seen: dict[str, None] = {}
    frontier = list(open_run.plan.nodes[node.node].children)
    for child in frontier:  # grows while it is walked
        known = open_run.nodes.get(child)
        if child in seen or known is None or known.state is not NodeState.WAITING:
            continue
        seen[child] = None
        planned = round.change(open_run, child, facts.AncestorFailed(at=round.now, reason=reason or ""))
        if planned is Planned.BUSY and child not in open_run.unread:
            round.decide_once(f"skip {node.id}", partial(_skip_again, open_run=open_run, node=node))
            return
        frontier += open_run.plan.nodes[child].children


def _skip_again(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    skip_cone(round, open_run, node)


def _settle_run(round: Round, open_run: OpenRun) -> None:
    run = open_run.run
    if run.cancel_requested and run.state in (RunState.PENDING, RunState.RUNNING):
        round.change_run(open_run, CancelSeen(at=round.now))
    elif run.state is RunState.PENDING:
        round.change_run(open_run, Expanded(at=round.now))


def _retry_when_due(round: Round, open_run: OpenRun, node: NodeRun) -> None:
    if node.next_at is None or node.next_at <= round.now:
        round.change(open_run, node.node, facts.RetryDue(at=round.now, attempt=node.attempt))
    else:
        due_in = (node.next_at - round.now).total_seconds()
        round.core.timers.set(open_run.id, node.node, round.monotonic + due_in)
