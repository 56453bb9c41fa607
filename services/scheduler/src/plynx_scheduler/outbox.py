"""Facts: published after the round that stored them, and marked in the run until they are, so that none is lost."""

from __future__ import annotations

from functools import partial

from plynx_common.domain.run import Run
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.messages import routes
from plynx_common.messages.runs import NodeChange as NodeChanged
from plynx_common.messages.runs import RunChanged
from plynx_common.repositories.runs import RUNS
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import NodeChange, Round


def announce(round: Round, open_run: OpenRun, changes: list[NodeChange]) -> None:
    """One message per run and round. A run whose own write missed is read again, and announced with its next write."""
    run = open_run.run
    if open_run.is_run_unread or run.seq == open_run.announced_seq:
        return
    round.outgoing.append(_message(round, run, changes))
    round.published.append(partial(_announced, open_run=open_run, run=run))


def _announced(round: Round, *, open_run: OpenRun, run: Run) -> None:
    open_run.announced_seq = run.seq
    if run.is_terminal:  # nothing will be written to it again: the mark is taken off by a write of its own
        unmark(round, run)


def unmark(round: Round, run: Run) -> None:
    """What was stored up to this `seq` has been published."""
    round.write_other(CompareAndSet(RUNS, run.id, {"seq": run.seq}, {"unannounced": False}))


def announce_again(round: Round, run: Run) -> None:
    """For a run that is found marked: a fact may come twice, and not never."""
    round.outgoing.append(_message(round, run, []))
    round.published.append(partial(unmark, run=run))


def _message(round: Round, run: Run, changes: list[NodeChange]) -> Outgoing:
    nodes = tuple(
        NodeChanged.model_construct(
            node=change.new.node, state=change.new.state.value, attempt=change.new.attempt, reason=change.new.reason
        )
        for change in changes
    )
    message = RunChanged.model_construct(
        run=run.id,
        team=run.team,
        seq=run.seq,
        state=run.state.value,
        counts=run.counts,
        nodes=nodes,
        at=timestamp(round.now),
    )
    return Outgoing(message, routes.FACTS, routes.run_changed_key(run.team, run.id))
