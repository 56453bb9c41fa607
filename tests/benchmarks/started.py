"""A platform that a benchmark has started, or was told of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    url: str
    token: str
    pids: tuple[int, ...] = ()
    """Of its processes, where they are ours to look at."""
    server_pids: tuple[int, ...] = ()
    """Of the broker and the stores."""
    probes: tuple[str, ...] = ()
    """Where its processes tell their counters; empty: the API tells all."""
