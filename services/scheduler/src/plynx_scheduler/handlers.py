"""What each message does: one line a message, the deciding is done where the noun lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plynx_common.messages.artifacts import ArtifactsVerified
from plynx_common.messages.base import Message
from plynx_common.messages.nodes import NodeClaim, NodeFailed, NodeFinished, NodeHeartbeat, NodeReleased
from plynx_common.messages.runs import RunLook, Tick
from plynx_common.messages.workers import WorkerSeen
from plynx_scheduler import claims, expansion, expiry, heartbeats, restoring, results, settle
from plynx_scheduler.incoming import Incoming
from plynx_scheduler.round import Round


def on_run_look(round: Round, _: Incoming, message: RunLook) -> None:
    open_run = round.core.memory.open.get(message.run)
    if open_run is None:
        round.core.memory.want(message.run)
    else:
        open_run.is_run_unread = True
        round.core.memory.doubt(open_run)


def on_worker_seen(round: Round, _: Incoming, message: WorkerSeen) -> None:
    if round.core.tokens.speaks_for(message, round.now) is None:
        return
    if round.core.fleet.note(message, round.monotonic):
        expiry.lose_older(round, message.worker, message.incarnation)


def on_verified(round: Round, _: Incoming, message: ArtifactsVerified) -> None:
    if message.ref.startswith(expansion.FILES_REF):
        open_run = expansion.note_verified(round, message)
        if open_run is not None:
            settle.settle(round, open_run)
    else:
        restoring.on_verified(round, message)


def on_tick(round: Round, _: Incoming, message: Tick) -> None:
    if round.core.ticker.counts(message):
        round.is_ticked = True


HANDLERS: dict[type[Message], Callable[[Round, Incoming, Any], None]] = {
    RunLook: on_run_look,
    NodeClaim: lambda round, incoming, message: claims.on_claim(round, message, incoming.reply_to),
    NodeHeartbeat: lambda round, incoming, message: heartbeats.on_heartbeat(round, message, incoming.reply_to),
    NodeReleased: results.on_result,
    NodeFinished: results.on_result,
    NodeFailed: results.on_result,
    WorkerSeen: on_worker_seen,
    ArtifactsVerified: on_verified,
    Tick: on_tick,
}

OF_A_PARTITION = (NodeClaim, NodeHeartbeat, NodeReleased, NodeFinished, NodeFailed, RunLook)
"""Ignored by who does not own their partition: the sender asks again, and the broker delivers results again."""
