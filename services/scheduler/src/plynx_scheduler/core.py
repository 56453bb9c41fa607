"""What one scheduler instance knows and holds: handed to every decision."""

from __future__ import annotations

from dataclasses import dataclass, field

from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.clock import Clock, Ids
from plynx_scheduler.claim_index import ClaimIndex
from plynx_scheduler.fleet import Fleet
from plynx_scheduler.leases import Leases
from plynx_scheduler.memory import Memory
from plynx_scheduler.pool_queues import PoolQueues
from plynx_scheduler.pool_tokens import PoolTokens
from plynx_scheduler.settings import SchedulerSettings
from plynx_scheduler.ticking import Ticker
from plynx_scheduler.timers import Timers
from plynx_scheduler.window import Window

OWNS_FOR = 6.0
"""Seconds."""


@dataclass(slots=True)
class Core:
    settings: SchedulerSettings
    instance: str
    """Fresh at every start."""
    clock: Clock
    ids: Ids
    signer: Signer
    memory: Memory
    queues: PoolQueues
    window: Window
    leases: Leases
    fleet: Fleet
    claims: ClaimIndex
    tokens: PoolTokens
    timers: Timers
    ticker: Ticker
    own_queue: str = ""
    """Where replies to this instance go; changes with every connection."""
    renewed_at: dict[int, float] = field(default_factory=dict[int, float])
    """When the lease of each owned partition was last renewed, monotonic: counted from before the write was sent."""

    def owns(self, partition: int) -> bool:
        """An owner that has not renewed for `OWNS_FOR` stops owning by itself."""
        renewed_at = self.renewed_at.get(partition)
        return renewed_at is not None and self.clock.monotonic() - renewed_at < OWNS_FOR

    def owned(self) -> tuple[int, ...]:
        return tuple(partition for partition in self.renewed_at if self.owns(partition))
