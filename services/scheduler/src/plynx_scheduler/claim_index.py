"""Which node a claim already holds: a repeated claim gets the same answer, never a second node."""

from __future__ import annotations

from collections import OrderedDict

from plynx_common.domain.node_run import NodeRun

REMEMBERED = 20_000


class ClaimIndex:
    """By claim id hash, the newest `REMEMBERED`: a worker repeats a claim for seconds, not for hours.

    A grant to a claim that the worker has settled is released by it.
    """

    def __init__(self) -> None:
        self._holders: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def note(self, node: NodeRun) -> None:
        if node.claim_id_hash is not None:
            self._holders[node.claim_id_hash] = (node.run, node.node)
            if len(self._holders) > REMEMBERED:
                self._holders.popitem(last=False)

    def holder(self, claim_id_hash: str) -> tuple[str, str] | None:
        """(run, node) that was granted to this claim, whatever became of it."""
        return self._holders.get(claim_id_hash)
