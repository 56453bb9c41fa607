"""The workers seen lately: who lives, what they serve and what they have room for."""

from __future__ import annotations

from dataclasses import dataclass

from plynx_common.domain.operation import Resources
from plynx_common.messages.workers import WorkerSeen

LIVE_FOR = 10.0
"""Seconds since a worker was last seen."""
FORGOTTEN_AFTER = 600.0


@dataclass(slots=True)
class Worker:
    seen: WorkerSeen
    seen_at: float

    @property
    def name(self) -> str:
        return self.seen.worker

    def is_live(self, now: float) -> bool:
        return not self.seen.leaving and now - self.seen_at <= LIVE_FOR


def has_needs(needs: Resources) -> bool:
    return bool(needs.cpu or needs.memory or needs.gpu or needs.tags)


def is_older(incarnation: str, than: str) -> bool:
    """Counted ones are in order; of a random one it is only known that another is not the same."""
    if incarnation.isdigit() and than.isdigit():
        return int(incarnation) < int(than)
    return incarnation != than


class Fleet:
    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def note(self, seen: WorkerSeen, now: float) -> bool:
        """Whether this incarnation of the worker is seen for the first time, and no newer one is known."""
        known = self._workers.get(seen.worker)
        if known is not None and is_older(seen.incarnation, known.seen.incarnation) and seen.incarnation.isdigit():
            return False
        self._workers[seen.worker] = Worker(seen, now)
        return known is None or known.seen.incarnation != seen.incarnation

    def is_outdated(self, worker: str, incarnation: str) -> bool:
        """Whether a newer incarnation of the worker was seen."""
        known = self._workers.get(worker)
        return known is not None and known.seen.incarnation != incarnation

    def has_newer(self, worker: str, incarnation: str) -> bool:
        """Whether what this incarnation had is lost."""
        known = self._workers.get(worker)
        return known is not None and is_older(incarnation, known.seen.incarnation)

    def get(self, worker: str) -> Worker | None:
        return self._workers.get(worker)

    def live(self, pool: str, now: float) -> list[Worker]:
        return [worker for worker in self._workers.values() if pool in worker.seen.pools and worker.is_live(now)]

    def slots(self, now: float) -> dict[str, int]:
        """Of live workers, by pool; a worker of several pools counts in each."""
        slots: dict[str, int] = {}
        for worker in self._workers.values():
            for pool in worker.seen.pools if worker.is_live(now) else ():
                slots[pool] = slots.get(pool, 0) + worker.seen.slots
        return slots

    def was_seen(self, pool: str, now: float) -> bool:
        return any(
            pool in worker.seen.pools and now - worker.seen_at <= FORGOTTEN_AFTER for worker in self._workers.values()
        )

    def forget_old(self, now: float) -> None:
        for name in [name for name, worker in self._workers.items() if now - worker.seen_at > FORGOTTEN_AFTER]:
            del self._workers[name]
