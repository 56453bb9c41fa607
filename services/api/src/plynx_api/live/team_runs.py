"""All runs of a team as they go: the newest ones, then each change; whatever was missed is read again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from plynx_api.live.hub import Live, Subscription, facts_of_team
from plynx_api.live.run_events import LOOK_EVERY, Ping
from plynx_common.domain.errors import NotFound
from plynx_common.domain.run import Run
from plynx_common.messages.base import Message
from plynx_common.messages.runs import RunChanged
from plynx_common.repositories.runs import Runs

NEWEST = 50
"""Runs in a snapshot; older ones come when they change."""
MOST_KNOWN = 5000
"""Runs whose `seq` is remembered; what is forgotten is read again when it changes."""


@dataclass(frozen=True, slots=True)
class TeamSnapshot:
    """The newest runs, newest first."""

    runs: list[Run]


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run whole: it is new here, or its facts were missed."""

    run: Run


TeamEvent = TeamSnapshot | RunSeen | RunChanged | Ping


class TeamRuns:
    """One reader's view of the runs of a team."""

    def __init__(self, live: Live, runs: Runs) -> None:
        self._live = live
        self._runs = runs
        self._known: dict[str, int] = {}

    async def follow(self, team: str) -> AsyncGenerator[TeamEvent]:
        """Until the server stops. Facts tell of runs only, not of nodes, and of the last change only: their counts are
        whole, so that where several were waiting nothing is missed.
        """
        async with self._live.listening([facts_of_team(team)]) as subscription:
            yield await self._snapshot(team)
            while not self._live.is_closing:
                await subscription.wait(LOOK_EVERY)
                async for event in self._news(team, subscription):
                    yield event

    async def _news(self, team: str, subscription: Subscription) -> AsyncGenerator[TeamEvent]:
        messages, behind = subscription.take()
        if behind:
            yield await self._snapshot(team)
        elif messages:
            for fact in _last_ones(messages):
                event = await self._event(team, fact)
                if event is not None:
                    yield event
        else:
            changed = [run for run in await self._newest(team) if self._known.get(run.id) != run.seq]
            for run in changed:
                yield self._seen(run)
            if not changed:
                yield Ping()

    async def _event(self, team: str, fact: RunChanged) -> RunSeen | RunChanged | None:
        known = self._known.get(fact.run)
        if known is None:
            try:
                return self._seen(await self._runs.get(team, fact.run, summary=True))
            except NotFound:
                return None
        if fact.seq <= known:
            return None
        self._note(fact.run, fact.seq)
        return fact.model_copy(update={"nodes": ()})

    async def _snapshot(self, team: str) -> TeamSnapshot:
        runs = await self._newest(team)
        for run in reversed(runs):
            self._note(run.id, run.seq)
        return TeamSnapshot(runs)

    async def _newest(self, team: str) -> list[Run]:
        return await self._runs.newest(team, where={}, limit=NEWEST)

    def _seen(self, run: Run) -> RunSeen:
        self._note(run.id, run.seq)
        return RunSeen(run)

    def _note(self, run: str, seq: int) -> None:
        self._known.pop(run, None)
        self._known[run] = seq
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]


def _last_ones(messages: Sequence[Message]) -> list[RunChanged]:
    """The newest fact of each run, in the order of their first."""
    newest: dict[str, RunChanged] = {}
    for message in messages:
        if isinstance(message, RunChanged) and (message.run not in newest or message.seq > newest[message.run].seq):
            newest[message.run] = message
    return list(newest.values())
