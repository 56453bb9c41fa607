"""Hints on their way: per pool no more than its workers have room for, because the backlog is in the store."""

from __future__ import annotations

from dataclasses import dataclass

from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.clock import Ids
from plynx_common.messages import routes
from plynx_common.messages.nodes import NodeReady
from plynx_common.messages.workers import fits
from plynx_scheduler.fleet import Fleet
from plynx_scheduler.leases import Leases
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.pool_queues import PoolQueues

WITHOUT_WORKERS = 8
"""Hints outstanding for a pool of which no worker was seen."""
RUNG_AGAIN_AFTER = 60.0
LONGEST_WAIT = 1800.0
WAIT_WITH_FREE_SLOT = 10.0
DECLINED_AGAIN_AFTER = 2.0
DIRECT_EVERY = 5.0


@dataclass(slots=True)
class Hint:
    id: str
    rung_at: float
    wait: float


class Window:
    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._hints: dict[str, dict[str, Hint]] = {}
        self._direct_at: dict[str, float] = {}

    def use_up(self, pool: str, hint_id: str | None) -> None:
        """A claim uses up the very hint it names, once."""
        if hint_id is not None:
            self._hints.get(pool, {}).pop(hint_id, None)

    def decline(self, pool: str, hint_id: str | None, now: float) -> None:
        """Nothing fitted who has claimed by this hint: it is rung again, but not at once: that would never end."""
        if hint_id is not None:
            self._hints.setdefault(pool, {})[hint_id] = Hint(hint_id, now, DECLINED_AGAIN_AFTER)

    def forget(self) -> None:
        """The bus was reconnected: what was on its way may be lost."""
        self._hints.clear()
        self._direct_at.clear()

    def outstanding(self, pool: str) -> int:
        return len(self._hints.get(pool, ()))

    def ring(self, queues: PoolQueues, fleet: Fleet, leases: Leases, now: float) -> list[Outgoing]:
        """The hints to send now: new ones while there is room, and those that have waited too long for a claim."""
        outgoing: list[Outgoing] = []
        for pool in queues.pools():
            grantable = queues.size(pool)
            if not grantable:
                self._hints.pop(pool, None)
                continue
            outgoing += self._ring_pool(pool, grantable, queues, fleet, leases, now)
        return outgoing

    def _ring_pool(
        self, pool: str, grantable: int, queues: PoolQueues, fleet: Fleet, leases: Leases, now: float
    ) -> list[Outgoing]:
        live = fleet.live(pool, now)
        free = any(worker.seen.free > 0 for worker in live)
        room = sum(worker.seen.slots - leases.running_on(pool, worker.name) for worker in live)
        if not live:
            room = 0 if fleet.was_seen(pool, now) else WITHOUT_WORKERS
        elif free:
            room = max(room, 1)
        hints = self._hints.setdefault(pool, {})
        missing = min(room, grantable) - len(hints)
        overdue = [hint for hint in hints.values() if now - hint.rung_at >= _patience(hint, free=free)]
        if missing <= 0 and not overdue:
            return []
        cause = next((found for found in queues.candidates(pool) if _is_for_all(found, fleet, pool, now)), None)
        if cause is None:
            return self._ring_directly(pool, queues, fleet, now)
        open_run, node = cause
        fresh = [Hint(self._ids.new("hint-"), now, RUNG_AGAIN_AFTER) for _ in range(missing)]
        for hint in overdue:
            hint.rung_at = now
            hint.wait = min(hint.wait * 2, LONGEST_WAIT)
        for hint in fresh:
            hints[hint.id] = hint
        return [_hint_message(hint.id, pool, open_run.run.partition, open_run.id, node) for hint in (*fresh, *overdue)]

    def _ring_directly(self, pool: str, queues: PoolQueues, fleet: Fleet, now: float) -> list[Outgoing]:
        """Nodes too large for some worker of the pool ring at one that fits and reports room, again every 5 s."""
        outgoing: list[Outgoing] = []
        for open_run, node in list(queues.candidates(pool))[:WITHOUT_WORKERS]:
            place = f"{open_run.id}/{node}"
            if now - self._direct_at.get(place, -DIRECT_EVERY) < DIRECT_EVERY:
                continue
            needs = open_run.plan.nodes[node].operation.resources
            worker = next((w for w in fleet.live(pool, now) if w.seen.free and fits(needs, w.seen.capacity)), None)
            if worker is not None:
                self._direct_at[place] = now
                hint = NodeReady(
                    hint_id=self._ids.new("hint-"),
                    pool=pool,
                    partition=open_run.run.partition,
                    run=open_run.id,
                    node=node,
                )
                outgoing.append(Outgoing(hint, routes.DIRECT_TO_QUEUE, worker.seen.queue))
        if len(self._direct_at) > 10_000:
            self._direct_at.clear()
        return outgoing


def _patience(hint: Hint, *, free: bool) -> float:
    return min(hint.wait, WAIT_WITH_FREE_SLOT) if free else hint.wait


def _is_for_all(found: tuple[OpenRun, str], fleet: Fleet, pool: str, now: float) -> bool:
    open_run, node = found
    needs = open_run.plan.nodes[node].operation.resources
    return all(fits(needs, worker.seen.capacity) for worker in fleet.live(pool, now))


def _hint_message(hint_id: str, pool: str, partition: int, run: str, node: str) -> Outgoing:
    message = NodeReady(hint_id=hint_id, pool=pool, partition=partition, run=run, node=node)
    return Outgoing(message, routes.READY, routes.ready_queue(pool))
