"""Leases run out, time limits passed, cancels unanswered: decided after a tick, never before waiting results.

An attempt may have ended well while its result still waits in the queue. So nothing of a partition expires before its
results queue was found empty, or as many results were handled as waited when the lease ran out.
"""

from __future__ import annotations

from plynx_common.domain import node_run as facts
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import NodeState
from plynx_common.interfaces.bus import MessageBus
from plynx_common.messages import routes
from plynx_scheduler.fleet import is_older
from plynx_scheduler.inbox import Inbox
from plynx_scheduler.leases import Lease
from plynx_scheduler.round import Round


class Expiry:
    def __init__(self, bus: MessageBus, inbox: Inbox) -> None:
        self._bus = bus
        self._inbox = inbox
        self._barriers: dict[int, int] = {}
        """By partition: how many results must have been handled before anything expires."""

    async def expire(self, round: Round) -> None:
        due: dict[int, list[Lease]] = {}
        for lease in round.core.leases:
            if not round.core.memory.holds(lease.open_run):  # it has ended, or belongs to another owner
                round.core.leases.end(f"{lease.open_run.id}/{lease.node}")
            elif _is_due(round, lease) and round.core.owns(lease.partition):
                due.setdefault(lease.partition, []).append(lease)
        self._barriers = {partition: found for partition, found in self._barriers.items() if partition in due}
        for partition, leases in due.items():
            if await self._results_are_handled(partition):
                for lease in leases:
                    end(round, lease)

    async def _results_are_handled(self, partition: int) -> bool:
        queue = routes.results_queue(partition)
        handled = self._inbox.handled(queue)
        if partition not in self._barriers:
            waiting = await self._bus.depth(queue) + self._inbox.waiting(queue)
            self._barriers[partition] = handled + waiting
        if handled < self._barriers[partition]:
            return False
        del self._barriers[partition]
        return True


def lose_older(round: Round, worker: str, incarnation: str) -> None:
    """A newer incarnation of a worker was seen: attempts of older ones are lost at once."""
    for lease in round.core.leases.of_worker(worker):
        if is_older(lease.incarnation, incarnation):
            lose(round, lease)


def lose(round: Round, lease: Lease) -> None:
    """Its worker began anew. Of a lease that has ended meanwhile nothing changes."""
    current = round.core.leases.get(f"{lease.open_run.id}/{lease.node}") is lease
    if current and round.core.memory.holds(lease.open_run) and not round.core.leases.has_result(lease):
        end(round, lease)


def end(round: Round, lease: Lease) -> None:
    node = lease.open_run.nodes[lease.node]
    plan = lease.open_run.plan.nodes[lease.node]
    fact: facts.Fact
    if node.state is NodeState.RUNNING and lease.overdue_phase is not None:
        failure = _timed_out(lease.overdue_phase, plan.operation.timeout)
        fact = facts.TimedOut(
            at=round.now, attempt=lease.attempt, phase=lease.overdue_phase, failure=failure, policy=plan.policy
        )
    elif node.state is NodeState.CANCELLING and round.core.leases.is_cancel_overdue(lease):
        fact = facts.CancelOverdue(at=round.now, attempt=lease.attempt)
    else:
        fact = facts.LeaseExpired(at=round.now, attempt=lease.attempt, heard=lease.is_heard, policy=plan.policy)
    round.change(lease.open_run, lease.node, fact)


def _is_due(round: Round, lease: Lease) -> bool:
    leases = round.core.leases
    if leases.has_result(lease):
        return False
    return leases.has_run_out(lease) or leases.is_cancel_overdue(lease) or lease.overdue_phase is not None


def _timed_out(phase: str, limit: float) -> Failure:
    if phase == "running":
        message = f"timeout: ran longer than its limit of {limit:g} minutes; raise '_timeout' if it needs more"
        return Failure(FailureKind.TIMEOUT, message)
    message = f"the worker was {phase} for more than two hours; look at the worker and at the storage service"
    return Failure(FailureKind.INFRASTRUCTURE, message)
