"""What workers say about themselves, and schedulers about their pools."""

from __future__ import annotations

from typing import ClassVar

from plynx_common.domain.operation import Resources
from plynx_common.messages.base import Message, Part


class Capacity(Part):
    """What is free on a worker; a node fits when each of its needs is covered."""

    slots: int = 1
    cpu: float = 0.0
    """Cores."""
    memory: int = 0
    """Bytes."""
    gpu: int = 0
    tags: tuple[str, ...] = ()


def fits(needs: Resources, capacity: Capacity) -> bool:
    return (
        capacity.slots >= 1
        and needs.cpu <= max(capacity.cpu, 0.0)
        and needs.memory <= capacity.memory
        and needs.gpu <= capacity.gpu
        and (not needs.tags or set(needs.tags) <= set(capacity.tags))
    )


class WorkerMessage(Message):
    """Every message of a worker says who speaks and proves it."""

    worker: str
    incarnation: str
    """A counter of the worker's state directory (zero-padded, so that text order is age), or a random name."""
    token: str
    """Pool token."""


class WorkerSeen(WorkerMessage):
    """At start, every 2 s, and when a slot frees unasked; a worker is live while seen within 10 s."""

    type: ClassVar[str] = "worker.seen"

    pools: tuple[str, ...]
    """Full names, `<team>/<pool>`."""
    slots: int
    free: int
    capacity: Capacity
    """All of it, busy or not."""
    queue: str
    """The worker's own queue: replies, control, hints for nodes that fit no other worker."""
    leaving: bool = False
    """Draining or gone: counts as no longer live."""


class PoolLoad(Part):
    pool: str
    """Full name."""
    ready: int
    """Nodes that a worker could take now."""
    running: int
    """Attempts."""


class PoolsLoaded(Message):
    """Fact: what waits and runs in the partitions of one scheduler instance, every tick while it is anything."""

    type: ClassVar[str] = "pools.loaded"

    instance: str
    pools: tuple[PoolLoad, ...] = ()
