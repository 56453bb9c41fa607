"""What waits and runs in each pool, told with every tick: a fact for the API, numbers for autoscalers."""

from __future__ import annotations

from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.workers import PoolLoad, PoolsLoaded
from plynx_common.runtime.telemetry import METRICS
from plynx_scheduler.core import Core

READY = METRICS.gauge("plynx_pool_ready", "Nodes of this instance that a worker could take now.", ("pool",))
RUNNING = METRICS.gauge("plynx_pool_running", "Attempts of this instance that run.", ("pool",))
DEMAND = METRICS.gauge("plynx_pool_demand", "Slots that this instance could use now: ready and running.", ("pool",))
SLOTS = METRICS.gauge("plynx_pool_slots", "Slots of live workers; every instance sees all of them.", ("pool",))


class PoolLoads:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._told: dict[str, PoolLoad] = {}

    def tell(self) -> list[Outgoing]:
        """One message; none while nothing waits or runs, after that was told once."""
        loads = self._loads()
        self._count(loads)
        if not loads and not self._told:
            return []
        self._told = loads
        fact = PoolsLoaded(instance=self._core.instance, pools=tuple(loads.values()))
        return [Outgoing(fact, routes.FACTS, routes.POOLS_LOADED_KEY)]

    def _loads(self) -> dict[str, PoolLoad]:
        running = self._core.leases.running_by_pool()
        ready = {pool: self._core.queues.size(pool) for pool in self._core.queues.pools()}
        return {
            pool: PoolLoad(pool=pool, ready=ready.get(pool, 0), running=running.get(pool, 0))
            for pool in sorted(ready.keys() | running.keys())
            if ready.get(pool) or running.get(pool)
        }

    def _count(self, loads: dict[str, PoolLoad]) -> None:
        slots = self._core.fleet.slots(self._core.clock.monotonic())
        for pool in {*loads, *self._told, *slots}:
            load = loads.get(pool, PoolLoad(pool=pool, ready=0, running=0))
            READY.labels(pool).set(load.ready)
            RUNNING.labels(pool).set(load.running)
            DEMAND.labels(pool).set(load.ready + load.running)
            SLOTS.labels(pool).set(slots.get(pool, 0))
