"""What somebody who starts a run may choose."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from plynx_common.domain.operation import Model
from plynx_common.domain.scalars import WHOLE, Flag

HIGHEST_PRIORITY = 1000
Priority = Annotated[int, Strict(), Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY), WHOLE]


class RunOptions(Model):
    parameters: dict[str, Any] = {}
    """Of the graph, by name."""
    priority: Priority = 0
    """Higher goes first."""
    failure_policy: Literal["continue", "finish_running", "fail_fast"] = "continue"
    """`continue`: only descendants are skipped; `finish_running`: nothing new starts; `fail_fast`: also cancels."""
    force: Flag | tuple[str, ...] = False
    """Ignore the cache, for all or for the named nodes."""
    targets: tuple[str, ...] = ()
    """Only what these nodes need; empty: the whole graph."""
    from_run: str | None = None
    """With `from_node`: everything outside the cone of these nodes is taken from that run."""
    from_node: str | tuple[str, ...] | None = None
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)
    """The same key in a team gives the same run."""
    labels: dict[str, str] = {}

    def forces(self, node: str) -> bool:
        return self.force if isinstance(self.force, bool) else node in self.force

    @property
    def from_nodes(self) -> tuple[str, ...]:
        if self.from_node is None:
            return ()
        return (self.from_node,) if isinstance(self.from_node, str) else self.from_node
