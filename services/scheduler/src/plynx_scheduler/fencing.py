"""Whether a worker that speaks about an attempt still holds it: only lasting truths end an attempt."""

from __future__ import annotations

from enum import Enum

from plynx_common.domain.node_run import TERMINAL, NodeRun, NodeState

_HOLDING = (NodeState.RUNNING, NodeState.READY, NodeState.CANCELLING)


class Standing(Enum):
    HELD = "held"
    """Open, and granted to this claim."""
    OVER = "over"
    """Can never be true again: a newer attempt, closed, terminal, or granted to another claim."""
    DOUBTFUL = "doubtful"
    """Memory may be behind: read the documents before anything is decided."""


def standing(node: NodeRun | None, attempt: int, claim_id_hash: str) -> Standing:
    """`node` is None where memory knows none: another owner may have inserted it."""
    if node is None:
        return Standing.DOUBTFUL
    if node.state in TERMINAL or node.attempt > attempt or node.closed_attempt >= attempt:
        return Standing.OVER
    if node.attempt < attempt or node.state not in _HOLDING:
        return Standing.DOUBTFUL
    return Standing.HELD if node.claim_id_hash == claim_id_hash else Standing.OVER
