"""The workers seen lately, as they say themselves and their pool tokens prove; and what waits in their pools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from plynx_common.domain.errors import Unauthenticated
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.interfaces.clock import Clock
from plynx_common.messages.workers import PoolLoad, PoolsLoaded, WorkerSeen

LIVE_FOR = 10.0
"""Seconds since a worker was last seen."""
FORGOTTEN_AFTER = 600.0


@dataclass(frozen=True, slots=True)
class Seen:
    message: WorkerSeen
    seen_at: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class PoolState:
    """Of the live workers that serve it, and of the schedulers that have work for it."""

    pool: str
    workers: int = 0
    slots: int = 0
    free: int = 0
    ready: int = 0
    running: int = 0


class Fleet:
    def __init__(self, signer: Signer, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock
        self._workers: dict[str, Seen] = {}
        self._loads: dict[str, tuple[PoolsLoaded, float]] = {}
        """What each scheduler instance said last, and when."""

    def note(self, message: WorkerSeen | PoolsLoaded) -> None:
        if isinstance(message, PoolsLoaded):
            self._loads[message.instance] = (message, self._clock.monotonic())
        else:
            self._note_worker(message)

    def _note_worker(self, message: WorkerSeen) -> None:
        """What an older incarnation says, or who cannot prove the pools, is ignored."""
        known = self._workers.get(message.worker)
        if known is not None and message.incarnation.isdigit() and message.incarnation < known.message.incarnation:
            return
        if (known is None or known.message.token != message.token) and not self._is_proven(message):
            return
        self._workers[message.worker] = Seen(message, self._clock.now(), self._clock.monotonic())

    def of_team(self, team: str) -> list[tuple[Seen, bool]]:
        """Those that serve any of its pools, by name, and whether they live."""
        now = self._clock.monotonic()
        for name in [name for name, seen in self._workers.items() if now - seen.monotonic > FORGOTTEN_AFTER]:
            del self._workers[name]
        return [
            (seen, now - seen.monotonic <= LIVE_FOR and not seen.message.leaving)
            for _, seen in sorted(self._workers.items())
            if any(_pools_of(seen, team))
        ]

    def pools(self, team: str) -> list[PoolState]:
        """By name, those that a live worker serves or that have work."""
        states: dict[str, PoolState] = {}
        for seen, is_live in self.of_team(team):
            for pool in _pools_of(seen, team) if is_live else ():
                known = states.get(pool, PoolState(pool))
                states[pool] = replace(
                    known,
                    workers=known.workers + 1,
                    slots=known.slots + seen.message.slots,
                    free=known.free + seen.message.free,
                )
        for load in self._fresh_loads():
            if load.pool.startswith(f"{team}/"):
                known = states.get(load.pool, PoolState(load.pool))
                states[load.pool] = replace(known, ready=known.ready + load.ready, running=known.running + load.running)
        return [states[pool] for pool in sorted(states)]

    def _fresh_loads(self) -> Iterator[PoolLoad]:
        now = self._clock.monotonic()
        self._loads = {name: told for name, told in self._loads.items() if now - told[1] <= LIVE_FOR}
        return (load for message, _ in self._loads.values() for load in message.pools)

    def pool_names(self, team: str) -> frozenset[str]:
        """As graphs write them: `gpu` and `team/gpu`."""
        full = {state.pool for state in self.pools(team) if state.workers}
        return frozenset(full | {pool.partition("/")[2] for pool in full})

    def _is_proven(self, message: WorkerSeen) -> bool:
        try:
            token = PoolToken.verify(self._signer, message.token, now=self._clock.now())
        except Unauthenticated:
            return False
        return token.worker == message.worker and set(message.pools) <= set(token.pools)


def _pools_of(seen: Seen, team: str) -> Iterator[str]:
    return (pool for pool in seen.message.pools if pool.startswith(f"{team}/"))
