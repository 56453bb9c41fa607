"""A run while it goes on: its state and its nodes' states, kept up to date by the platform's events."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from plynx.connection import Connection, Unreachable

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
LONGEST_PAUSE = 5.0
"""Seconds between two tries to reach a platform that does not answer."""
NODE_TERMINAL = frozenset({"succeeded", "restored", "failed", "cancelled", "skipped"})


class StillRunning(Exception):
    """The time that somebody was ready to wait is over; the run goes on."""


@dataclass
class RunView:
    id: str
    state: str = "pending"
    seq: int = -1
    counts: dict[str, int] = field(default_factory=dict[str, int])
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By id: `state`, `attempt`, `reason`."""
    ran: dict[str, tuple[float, float | None]] = field(default_factory=dict[str, tuple[float, float | None]])
    """By id, of those seen running: when, by the monotonic clock, and when no longer."""

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
            self._clock(id, str(node.get("state")))
            changed.append(id)
        return changed

    def _clock(self, id: str, state: str) -> None:
        began, ended = self.ran.get(id, (0.0, 0.0))
        now = time.monotonic()
        if state == "running" and ended is not None:
            self.ran[id] = (now, None)
        elif state != "running" and ended is None:
            self.ran[id] = (began, now)


def follow(
    connection: Connection, view: RunView, *, within: float | None = None, tries: int = 10
) -> Iterator[list[str]]:
    """Yields the nodes that changed, until the run is over. A stream that breaks is opened again, and starts with a
    snapshot. Raises `Unreachable` when the platform stays away, and `StillRunning` after `within` seconds.
    """
    deadline = None if within is None else time.monotonic() + within
    failures = 0
    while not view.is_over:
        try:
            for event in connection.lines(f"/runs/{view.id}/events", within=_left(view, deadline)):
                failures = 0
                yield view.take(event)
                if view.is_over:
                    return
                _left(view, deadline)
        except Unreachable:
            left = _left(view, deadline)
            failures += 1
            if failures >= tries:
                raise
            time.sleep(min(0.2 * 2**failures, LONGEST_PAUSE, LONGEST_PAUSE if left is None else left))


def _left(view: RunView, deadline: float | None) -> float | None:
    """Seconds; raises `StillRunning` where there are none."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise StillRunning(f"run '{view.id}' is still {view.state}, and goes on: `plynx runs watch {view.id}`")
    return left
