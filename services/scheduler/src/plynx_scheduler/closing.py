"""The end of a run: never from memory alone, but from one read of its documents."""

from __future__ import annotations

from plynx_common.domain.run import Ended, RunState, all_terminal, fold
from plynx_common.repositories.node_runs import NodeRuns
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Round


def close_when_complete(round: Round, open_run: OpenRun) -> None:
    """Asks the documents where memory believes the run to be complete, cache entries included.

    A run that memory believes pending becomes running first: another owner may have expanded it.
    """
    if open_run.run.state is RunState.PENDING:
        return
    if open_run.is_complete and not open_run.cache_due and not open_run.unread and not open_run.is_run_unread:
        round.closings[open_run.id] = open_run


async def read_closings(round: Round, node_runs: NodeRuns) -> None:
    """Plans the last transition of runs whose node runs are all stored as terminal. Raises `StoreUnavailable`."""
    for open_run in round.closings.values():
        if open_run.run.is_terminal:
            continue
        counts = fold(await node_runs.states_of_run(open_run.id))
        if all_terminal(counts, len(open_run.plan.nodes)):
            round.change_run(open_run, Ended(at=round.now, counts=counts))
        else:  # memory was wrong
            open_run.unread = dict.fromkeys(open_run.nodes)
            round.core.memory.doubt(open_run)
    round.closings = {}


def forget_closed(round: Round, open_run: OpenRun) -> None:
    """The run's end is stored: nothing about it is kept in memory."""
    core = round.core
    core.memory.close(open_run.id)
    core.leases.drop_run(open_run)
    core.queues.drop_run(open_run)
