"""Pools as they are: whole each time they have changed, so that nothing can be missed."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from plynx_api.fleet import LIVE_FOR, Fleet, PoolState
from plynx_api.live.hub import FLEET, Live
from plynx_api.live.run_events import LOOK_EVERY, Ping
from plynx_common.interfaces.clock import Clock

CALM = 0.5
"""Seconds between two looks: a hundred workers say fifty times a second that they live."""


class PoolStates:
    def __init__(self, live: Live, fleet: Fleet, clock: Clock) -> None:
        self._live = live
        self._fleet = fleet
        self._clock = clock

    async def follow(self, team: str, pool: str | None = None) -> AsyncGenerator[list[PoolState] | Ping]:
        """All pools of the team, or the one with this full name; until the server stops."""
        async with self._live.listening([FLEET]) as subscription:
            told = self._states(team, pool)
            yield told
            said_at = self._clock.monotonic()
            while not self._live.is_closing:
                await subscription.wait(LIVE_FOR / 2)  # that a worker is gone is told by nobody
                subscription.take()
                now, states = self._clock.monotonic(), self._states(team, pool)
                if states != told:
                    told, said_at = states, now
                    yield states
                elif now - said_at >= LOOK_EVERY:
                    said_at = now
                    yield Ping()
                await self._clock.sleep(CALM)

    def _states(self, team: str, pool: str | None) -> list[PoolState]:
        return [state for state in self._fleet.pools(team) if pool in (None, state.pool)]
