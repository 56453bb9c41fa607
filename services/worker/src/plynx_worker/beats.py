"""What a heartbeat says of one attempt."""

from __future__ import annotations

from plynx_common.messages.nodes import AttemptBeat, Grant


def beat_of(grant: Grant, claim_id: str, phase: str, seconds: float) -> AttemptBeat:
    return AttemptBeat(
        run=grant.run, node=grant.node, attempt=grant.attempt, claim_id=claim_id, phase=phase, seconds=seconds
    )
