"""Heartbeats: they renew leases, bring back what was given up for lost, and are answered with what is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from plynx_common.domain import node_run as facts
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import Outcome
from plynx_common.messages import routes
from plynx_common.messages.nodes import AttemptBeat, HeartbeatAnswer, NodeHeartbeat
from plynx_scheduler.fencing import Standing, standing
from plynx_scheduler.grants import TOKEN_RENEWED_AFTER, attempt_token
from plynx_scheduler.leases import Lease
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Round

REPORTED = "reported"
PHASE_LIMIT = 7200.0
"""Seconds that preparing or finishing may take."""


@dataclass(slots=True)
class Answer:
    """Collected while the round is decided, sent when its writes are known to be stored."""

    heard: list[str] = field(default_factory=list[str])
    stop: list[str] = field(default_factory=list[str])
    cancel: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])
    tokens: dict[str, str] = field(default_factory=dict[str, str])


def on_heartbeat(round: Round, message: NodeHeartbeat, reply_to: str | None) -> None:
    if reply_to is None or round.core.tokens.speaks_for(message, round.now) is None:
        return
    answer = Answer()
    for beat in message.attempts:
        _beat(round, message, beat, answer)
    round.afterwards.append(partial(_send, message=message, reply_to=reply_to, answer=answer))


def _beat(round: Round, message: NodeHeartbeat, beat: AttemptBeat, answer: Answer) -> None:
    memory = round.core.memory
    name = attempt_id(beat.run, beat.node, beat.attempt)
    if memory.is_closed(beat.run):
        _over(beat, name, answer)
        return
    open_run = memory.open.get(beat.run)
    if open_run is None:
        memory.want(beat.run)  # the next heartbeat finds it
        return
    if beat.node not in open_run.plan.nodes or open_run.is_unread(beat.node):
        return
    node = open_run.nodes.get(beat.node)
    match standing(node, beat.attempt, claim_id_hash(beat.claim_id)):
        case Standing.OVER:
            _over(beat, name, answer)
        case Standing.HELD if node is not None:
            _held(round, message, beat, open_run, node, answer)
        case _:
            memory.read_again(open_run, beat.node)


def _over(beat: AttemptBeat, name: str, answer: Answer) -> None:
    (answer.closed if beat.phase == REPORTED else answer.stop).append(name)


def _held(
    round: Round, message: NodeHeartbeat, beat: AttemptBeat, open_run: OpenRun, node: NodeRun, answer: Answer
) -> None:
    name = attempt_id(beat.run, beat.node, beat.attempt)
    if node.state is NodeState.READY:
        if not round.core.fleet.is_outdated(message.worker, message.incarnation):
            _resume(round, open_run, node, partial(answer.heard.append, name))
        return
    leases = round.core.leases
    lease = leases.get(node.id) or leases.start(open_run, node)
    leases.renew(lease)
    answer.heard.append(name)
    if node.state is NodeState.CANCELLING:
        answer.cancel.append(name)
        return
    lease.overdue_phase = beat.phase if _is_overdue(round, beat, open_run) else None
    if beat.phase != REPORTED:
        _renew_token(round, open_run, node, lease, answer)


def _resume(round: Round, open_run: OpenRun, node: NodeRun, heard: partial[None]) -> None:
    fact = facts.Heard(at=round.now, attempt=node.attempt, claim_id_hash=node.claim_id_hash or "")
    round.change(open_run, node.node, fact, partial(_resumed, open_run=open_run, node=node.node, heard=heard))


def _resumed(round: Round, outcome: Outcome, *, open_run: OpenRun, node: str, heard: partial[None]) -> None:
    if outcome is Outcome.STORED:
        round.core.leases.start(open_run, open_run.nodes[node], heard=True)
        heard()


def _is_overdue(round: Round, beat: AttemptBeat, open_run: OpenRun) -> bool:
    grace = round.core.settings.termination_grace
    if beat.phase == "running":
        return beat.seconds > open_run.plan.nodes[beat.node].operation.timeout * 60 + grace
    return beat.phase != REPORTED and beat.seconds > PHASE_LIMIT + grace


def _renew_token(round: Round, open_run: OpenRun, node: NodeRun, lease: Lease, answer: Answer) -> None:
    if round.monotonic >= lease.token_until:
        lease.token_until = round.monotonic + TOKEN_RENEWED_AFTER
        answer.tokens[attempt_id(node.run, node.node, node.attempt)] = attempt_token(round.core, open_run, node)


def _send(round: Round, *, message: NodeHeartbeat, reply_to: str, answer: Answer) -> None:
    reply = HeartbeatAnswer(
        partition=message.partition,
        heard=tuple(answer.heard),
        stop=tuple(answer.stop),
        cancel=tuple(answer.cancel),
        closed=tuple(answer.closed),
        tokens=answer.tokens,
    )
    round.outgoing.append(Outgoing(reply, routes.DIRECT_TO_QUEUE, reply_to))
