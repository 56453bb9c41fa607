"""Results and releases: how an attempt ends by its worker's own word."""

from __future__ import annotations

from functools import partial
from typing import Any

from plynx_common.domain import node_run as facts
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import Outcome
from plynx_common.messages import routes
from plynx_common.messages.nodes import AttemptClosed, NodeFailed, NodeFinished, NodeReleased, NodeResult, Receipt
from plynx_common.repositories.logs import attempt_log
from plynx_scheduler import claims
from plynx_scheduler.fencing import Standing, standing
from plynx_scheduler.incoming import Incoming
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Planned, Round

HANDOVER_COUNTS_FOR = 2.0
"""Seconds after a result arrived in which the claim that it carries is answered."""

Report = NodeResult | NodeReleased


def on_result(round: Round, incoming: Incoming, message: Report) -> None:
    """Decides about a report; it is acknowledged when nothing of it is left to do."""
    open_run = _known_run(round, incoming, message)
    if open_run is None:
        return
    if message.node not in open_run.plan.nodes:
        round.reject(incoming.delivery, f"run '{message.run}' has no node '{message.node}'")
        return
    node = open_run.nodes.get(message.node)
    match standing(node, message.attempt, claim_id_hash(message.claim_id)):
        case Standing.HELD:
            _accept(round, incoming, message, open_run)
        case Standing.OVER:
            _tell_closed(round, incoming, message)
        case Standing.DOUBTFUL if incoming.is_read_again:
            found = "not stored" if node is None else f"at attempt {node.attempt}"
            name = attempt_id(message.run, message.node, message.attempt)
            round.reject(incoming.delivery, f"attempt '{name}' was never granted: its node run is {found}")
        case Standing.DOUBTFUL:
            incoming.is_read_again = True
            round.core.memory.read_again(open_run, message.node)
            round.decide_again(partial(on_result, incoming=incoming, message=message))


def _known_run(round: Round, incoming: Incoming, message: Report) -> OpenRun | None:
    """The report's run, if it can be decided about now; else the report was answered, or waits for its documents."""
    memory = round.core.memory
    if not round.core.owns(message.partition):  # lost while this waited: the broker gives it to the new owner
        return None
    if round.core.tokens.speaks_for(message, round.now) is None:
        round.reject(incoming.delivery, f"worker '{message.worker}' has no valid pool token")
        return None
    if memory.is_closed(message.run):
        _tell_closed(round, incoming, message)
        return None
    again = partial(on_result, incoming=incoming, message=message)
    open_run = memory.open.get(message.run)
    if open_run is None:
        # What a loading that is under way has read by now may be older than this report.
        incoming.is_read_again = message.run not in memory.loading
        round.wanted.append((message.run, again))
    elif message.node in open_run.unread or open_run.is_run_unread:
        round.decide_again(again)
    else:
        return open_run
    return None


def _accept(round: Round, incoming: Incoming, message: Report, open_run: OpenRun) -> None:
    lease = round.core.leases.get(f"{message.run}/{message.node}")
    if lease is not None:
        round.core.leases.note_result(lease)
    if isinstance(message, NodeResult) and any(log.bytes for log in message.logs.values()):
        write = attempt_log(open_run.run.team, message.run, message.node, message.attempt, message.logs)
        then = partial(_log_written, incoming=incoming, message=message, open_run=open_run)
        if round.write_other(write, then) is Planned.BUSY:
            round.decide_again(partial(on_result, incoming=incoming, message=message))
        return
    _end(round, incoming, message, open_run)


def _log_written(round: Round, outcome: Outcome, *, incoming: Incoming, message: Report, open_run: OpenRun) -> None:
    """The log is stored one round before the end is; a log that is there already came with an earlier copy."""
    if outcome is Outcome.UNKNOWN:
        round.decide_again(partial(on_result, incoming=incoming, message=message))
    else:
        round.decide_again(partial(_end_logged, incoming=incoming, message=message, open_run=open_run))


def _end_logged(round: Round, incoming: Incoming, message: Report, open_run: OpenRun) -> None:
    known = open_run.nodes[message.node]
    is_held = standing(known, message.attempt, claim_id_hash(message.claim_id)) is Standing.HELD
    if is_held and message.node not in open_run.unread and round.core.memory.open.get(open_run.id) is open_run:
        _end(round, incoming, message, open_run)
    else:
        on_result(round, incoming, message)


def _end(round: Round, incoming: Incoming, message: Report, open_run: OpenRun) -> None:
    fact = _fact(round, message, open_run)
    then = partial(_ended, incoming=incoming, message=message)
    if round.change(open_run, message.node, fact, then) is not Planned.YES:
        round.decide_again(partial(on_result, incoming=incoming, message=message))


def _ended(round: Round, outcome: Outcome, *, incoming: Incoming, message: Report) -> None:
    if outcome is not Outcome.STORED:
        round.decide_again(partial(on_result, incoming=incoming, message=message))
        return
    round.core.leases.end(f"{message.run}/{message.node}")
    handover = message.handover if isinstance(message, NodeResult) else None
    is_recent = round.monotonic - incoming.arrived_at <= HANDOVER_COUNTS_FOR
    if handover is None or incoming.reply_to is None or not is_recent:
        _tell_closed(round, incoming, message)
        return
    round.acknowledge(incoming.delivery)
    closed = attempt_id(message.run, message.node, message.attempt)
    asker = claims.claimant(message, handover, message.partition, incoming.reply_to, closed)
    # In the next round, when what has become startable by this very result is known.
    round.decide_again(partial(claims.ask, asker=asker))


def _tell_closed(round: Round, incoming: Incoming, message: Report) -> None:
    if incoming.reply_to is not None:
        closed = AttemptClosed.model_construct(attempt=attempt_id(message.run, message.node, message.attempt))
        round.outgoing.append(Outgoing(closed, routes.DIRECT_TO_QUEUE, incoming.reply_to))
    round.acknowledge(incoming.delivery)


def _fact(round: Round, message: Report, open_run: OpenRun) -> facts.ClaimFact:
    at, attempt, claim = round.now, message.attempt, claim_id_hash(message.claim_id)
    if isinstance(message, NodeReleased):
        return facts.Released(at=at, attempt=attempt, claim_id_hash=claim)
    if isinstance(message, NodeFinished):
        complaint = _complaint(round, message, open_run)
        if complaint is None:
            return facts.Finished(at=at, attempt=attempt, claim_id_hash=claim, result=_result(message))
        failure = Failure(FailureKind.INFRASTRUCTURE, complaint)
    elif isinstance(message, NodeFailed):
        failure = Failure.from_document(message.failure)
    else:
        raise TypeError(f"{type(message).__name__} is no report")
    policy = open_run.plan.nodes[message.node].policy
    return facts.AttemptFailed(at=at, attempt=attempt, claim_id_hash=claim, failure=failure, policy=policy)


def _complaint(round: Round, message: NodeFinished, open_run: OpenRun) -> str | None:
    """Outputs are accepted only with storage's receipts."""
    for output in open_run.plan.nodes[message.node].operation.outputs:
        receipt = message.outputs.get(output.name)
        if receipt is None or not round.core.signer.receipt_is_valid(open_run.run.team, receipt):
            return f"output '{output.name}' came without a valid receipt of the storage service"
    return None


def _result(message: NodeFinished) -> dict[str, Any]:
    return {
        "outputs": {name: _artifact(receipt) for name, receipt in message.outputs.items()},
        "logs": _logs(message),
        "timings": None if message.timings is None else dict(message.timings.__dict__),
    }


def _artifact(receipt: Receipt) -> dict[str, Any]:
    return {"digest": receipt.digest, "size": receipt.size, "type": receipt.type}


def _logs(message: NodeResult) -> dict[str, Any]:
    return {
        stream: {"bytes": log.bytes, "sha256": log.sha256, "truncated": log.truncated}
        for stream, log in message.logs.items()
        if log.bytes
    }
