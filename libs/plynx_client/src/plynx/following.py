"""A run while it goes on: its state and its nodes' states, kept up to date by the platform's events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from plynx.connection import Connection, Unreachable

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
NODE_TERMINAL = frozenset({"succeeded", "restored", "failed", "cancelled", "skipped"})


@dataclass
class RunView:
    id: str
    state: str = "pending"
    seq: int = -1
    counts: dict[str, int] = field(default_factory=dict[str, int])
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By id: `state`, `attempt`, `reason`."""

    @property
    def is_over(self) -> bool:
        return self.state in TERMINAL

    def take(self, event: Mapping[str, Any]) -> list[str]:
        """Applies a snapshot or a change; returns the nodes that it was about."""
        said = event.get("run")
        run = cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else event
        self.state = str(run.get("state", self.state))
        self.seq = int(run.get("seq", self.seq))
        self.counts = dict(run.get("counts") or self.counts)
        changed: list[str] = []
        for node in event.get("nodes") or ():
            id = str(node.get("node") or node.get("id"))
            self.nodes[id] = {**self.nodes.get(id, {}), **node}
            changed.append(id)
        return changed


def follow(connection: Connection, view: RunView, *, tries: int = 10) -> Iterator[list[str]]:
    """Yields the nodes that changed, until the run is over. A stream that breaks is opened again, and starts with a
    snapshot. Raises `Unreachable` when the platform stays away.
    """
    failures = 0
    while not view.is_over:
        try:
            for event in connection.lines(f"/runs/{view.id}/events"):
                failures = 0
                yield view.take(event)
                if view.is_over:
                    return
        except Unreachable:
            failures += 1
            if failures >= tries:
                raise
            _pause(failures)


def _pause(failures: int) -> None:
    time.sleep(min(0.2 * 2**failures, 5.0))
