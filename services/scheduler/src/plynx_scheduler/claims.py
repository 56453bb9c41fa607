"""Claims: a worker asks for the best node of a pool. One dispatch path, by hint or by hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from plynx_common.domain import node_run as facts
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import Outcome
from plynx_common.messages import routes
from plynx_common.messages.nodes import ClaimDeclined, ClaimRequest, NodeClaim, NodeGranted
from plynx_common.messages.workers import WorkerMessage
from plynx_scheduler.grants import TOKEN_RENEWED_AFTER, make_grant
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Planned, Round


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who asks, for what, and where the answer goes."""

    request: ClaimRequest
    worker: str
    incarnation: str
    reply_to: str
    partition: int
    closed: str | None = None
    """In a hand-over: the attempt whose result is stored by now; told with the answer."""


def on_claim(round: Round, message: NodeClaim, reply_to: str | None) -> None:
    round.core.window.use_up(message.claim.pool, message.claim.hint_id)
    if reply_to is not None and round.core.tokens.may_serve(message, message.claim.pool, round.now):
        ask(round, claimant(message, message.claim, message.partition, reply_to))


def claimant(
    message: WorkerMessage, request: ClaimRequest, partition: int, reply_to: str, closed: str | None = None
) -> Claimant:
    return Claimant(request, message.worker, message.incarnation, reply_to, partition, closed)


def ask(round: Round, asker: Claimant) -> None:
    """Claims are answered last in a round, when all that may start is known; of copies only the newest."""
    round.claims[asker.request.claim_id] = partial(answer, asker=asker)


def answer(round: Round, asker: Claimant) -> None:
    core = round.core
    if core.fleet.is_outdated(asker.worker, asker.incarnation):
        return
    secret = claim_id_hash(asker.request.claim_id)
    holder = core.claims.holder(secret)
    if holder is not None:
        _answer_repeat(round, asker, secret, *holder)
        return
    found = core.queues.best(asker.request.pool, asker.request.capacity)
    if found is None:
        core.window.decline(asker.request.pool, asker.request.hint_id, round.monotonic)
        decline(round, asker)
        return
    open_run, node_id = found
    node = open_run.nodes[node_id]
    lookup = open_run.lookups.get(node_id)
    fact = facts.Claimed(
        at=round.now,
        attempt=node.attempt + 1,
        worker=asker.worker,
        incarnation=asker.incarnation,
        claim_id_hash=secret,
        cache_key=lookup.key if lookup else None,
    )
    planned = round.change(open_run, node_id, fact, partial(_claimed, open_run=open_run, node=node_id, asker=asker))
    if planned is Planned.BUSY:
        core.queues.add(open_run, node_id, node.queued_at or round.now)
    if planned is not Planned.YES:
        round.decide_again(partial(_ask_again, asker=asker))


def decline(round: Round, asker: Claimant) -> None:
    message = ClaimDeclined.model_construct(claim_id=asker.request.claim_id, closed=asker.closed)
    round.outgoing.append(Outgoing(message, routes.DIRECT_TO_QUEUE, asker.reply_to))


def grant(round: Round, open_run: OpenRun, node: NodeRun, asker: Claimant) -> None:
    message = NodeGranted.model_construct(
        claim_id=asker.request.claim_id, grant=make_grant(round.core, open_run, node), closed=asker.closed
    )
    round.outgoing.append(Outgoing(message, routes.DIRECT_TO_QUEUE, asker.reply_to))


def _ask_again(round: Round, asker: Claimant) -> None:
    ask(round, asker)


def _claimed(round: Round, outcome: Outcome, *, open_run: OpenRun, node: str, asker: Claimant) -> None:
    if outcome is not Outcome.STORED:
        round.decide_again(partial(_ask_again, asker=asker))
        return
    taken = open_run.nodes[node]
    round.core.claims.note(taken)
    round.core.leases.start(open_run, taken, round.monotonic + TOKEN_RENEWED_AFTER)
    grant(round, open_run, taken, asker)


def _answer_repeat(round: Round, asker: Claimant, secret: str, run: str, node: str) -> None:
    """Running by this claim: the same grant again. Anything else: it is over, and a claim never gets a second node."""
    open_run = round.core.memory.open.get(run)
    known = None if open_run is None else open_run.nodes[node]
    if open_run is None or known is None or known.claim_id_hash != secret or known.closed_attempt >= known.attempt:
        decline(round, asker)
    elif open_run.is_unread(node):
        round.decide_again(partial(_ask_again, asker=asker))
    elif known.state is NodeState.RUNNING:
        grant(round, open_run, known, asker)
    else:
        decline(round, asker)
