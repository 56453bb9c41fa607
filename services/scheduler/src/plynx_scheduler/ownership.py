"""Which partitions this instance owns: by lease documents that are watched, never by comparing two clocks.

Ownership is for speed. Safety never depends on it: two owners at once waste work and do no harm.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from plynx_common.domain.errors import BusUnavailable, StoreUnavailable
from plynx_common.interfaces.documents import CompareAndSet, Delete, Document, DocumentStore, Insert, Outcome, Write
from plynx_scheduler.core import OWNS_FOR, Core

log = structlog.get_logger()

LEASES = "leases"
PRESENCE = "presence"
EVERY = 2.0
DEAD_AFTER = 6.0
"""Seconds in which a beat was seen unchanged, by the watcher's own clock."""
ALIVE_TICK = 4.0
"""A lease is taken, and presence beaten, only while the own last tick came back within so many seconds."""
GIVE_UP_TICK = 10.0
WRITE_LIMIT = 4.0


@dataclass(slots=True)
class Watched:
    beat: int
    owner: str | None
    since: float
    """When this beat was first seen, by the own monotonic clock."""


class Ownership:
    def __init__(
        self,
        core: Core,
        documents: DocumentStore,
        partitions: int,
        gained: Callable[[int], Awaitable[None]],
        lost: Callable[[int], None],
    ) -> None:
        self._core = core
        self._documents = documents
        self._partitions = partitions
        self._gained = gained
        self._lost = lost
        self._leases: dict[str, Watched] = {}
        self._presences: dict[str, Watched] = {}
        self._beat = 0
        self._is_present = False

    async def own_all(self) -> None:
        """`lease = exclusive`: the lock on the store is the lease, from start to stop."""
        for partition in range(self._partitions):
            self._core.renewed_at[partition] = math.inf
            await self._gained(partition)

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(WRITE_LIMIT):
                    await self.look()
            except (StoreUnavailable, BusUnavailable, TimeoutError) as error:
                log.warning("lease_round_failed", error=str(error) or type(error).__name__)
            self._drop_expired()
            await self._core.clock.sleep(EVERY)

    async def look(self) -> None:
        """Beats, renews what is owned, watches the others, and takes or releases partitions."""
        now = self._core.clock.monotonic()
        tick_age = now - self._core.ticker.returned_at
        if tick_age > GIVE_UP_TICK:
            await self._release(list(self._core.renewed_at))
            return
        await self._renew(is_alive=tick_age <= ALIVE_TICK)
        self._watch(self._leases, await self._documents.find(LEASES, {}))
        self._lose_what_others_hold()
        self._watch(self._presences, await self._documents.find(PRESENCE, {}))
        share = math.ceil(self._partitions / max(len(self._alive()), 1))
        surplus = list(self._core.renewed_at)[share:]
        if surplus:
            await self._release(surplus)
        elif tick_age <= ALIVE_TICK:
            await self._take(share)

    async def release_all(self) -> None:
        """A clean stop: the others need not wait until they miss a beat."""
        await self._release(list(self._core.renewed_at))
        await self._documents.write([Delete(PRESENCE, self._core.instance)])

    async def _renew(self, *, is_alive: bool) -> None:
        sent_at = self._core.clock.monotonic()
        owned = [partition for partition in self._core.renewed_at if _lease_id(partition) in self._leases]
        writes: list[Write] = [self._lease_write(partition, self._core.instance) for partition in owned]
        if is_alive:
            writes.append(self._presence_write())
        if not writes:
            return
        outcomes = await self._documents.write(writes)
        if is_alive and outcomes[-1] is not Outcome.UNKNOWN:
            was_missed = outcomes[-1] is Outcome.MISSED  # it is there where an insertion, gone where an update missed
            self._is_present = not self._is_present if was_missed else True
        for partition, outcome in zip(owned, outcomes, strict=False):
            if outcome is Outcome.STORED:
                self._leases[_lease_id(partition)].beat += 1
                await self._renewed(partition, sent_at)
            elif outcome is Outcome.MISSED:
                self._lose(partition)
            # Unknown: neither renewed nor lost. What is read next tells, and unrenewed it runs out by itself.

    async def _renewed(self, partition: int, sent_at: float) -> None:
        """Who had stopped owning by then has ignored what came meanwhile: it begins anew."""
        was_owner = self._core.owns(partition)
        if not was_owner:
            self._lose(partition)
        self._core.renewed_at[partition] = sent_at
        if not was_owner:
            await self._gained(partition)

    def _lease_write(self, partition: int, owner: str | None) -> CompareAndSet:
        known = self._leases[_lease_id(partition)]
        where = {"owner": known.owner, "beat": known.beat}
        return CompareAndSet(LEASES, _lease_id(partition), where, {"owner": owner, "beat": known.beat + 1})

    def _presence_write(self) -> Write:
        self._beat += 1
        if not self._is_present:
            return Insert(PRESENCE, {"_id": self._core.instance, "beat": self._beat, "owner": None})
        return CompareAndSet(PRESENCE, self._core.instance, {}, {"beat": self._beat})

    def _watch(self, known: dict[str, Watched], documents: list[Document]) -> None:
        now = self._core.clock.monotonic()
        present = {document["_id"] for document in documents}
        for gone in [id for id in known if id not in present]:
            del known[gone]
        for document in documents:
            watched = known.get(document["_id"])
            beat, owner = document["beat"], document.get("owner")
            if watched is None or (watched.beat, watched.owner) != (beat, owner):
                known[document["_id"]] = Watched(beat, owner, now)

    def _lose_what_others_hold(self) -> None:
        for partition in list(self._core.renewed_at):
            known = self._leases.get(_lease_id(partition))
            if known is None or known.owner != self._core.instance:
                self._lose(partition)

    def _alive(self) -> list[str]:
        now = self._core.clock.monotonic()
        others = [name for name, seen in self._presences.items() if now - seen.since < DEAD_AFTER]
        return list(dict.fromkeys([*others, self._core.instance]))

    async def _take(self, share: int) -> None:
        now = self._core.clock.monotonic()
        for partition in self._offset_order():
            if partition in self._core.renewed_at:
                continue
            known = self._leases.get(_lease_id(partition))
            free_for = math.inf if known is None else now - known.since
            is_free = known is None or known.owner is None
            if not is_free and free_for < DEAD_AFTER:
                continue
            if len(self._core.renewed_at) >= share and not (known is not None and free_for >= DEAD_AFTER):
                continue
            await self._take_one(partition, known)

    def _offset_order(self) -> list[int]:
        """Instances start at different places, so that they seldom want the same partition at once."""
        start = sum(self._core.instance.encode()) % self._partitions
        return [(start + step) % self._partitions for step in range(self._partitions)]

    async def _take_one(self, partition: int, known: Watched | None) -> None:
        sent_at = self._core.clock.monotonic()
        id = _lease_id(partition)
        beat = 1 if known is None else known.beat + 1
        write: Write = (
            Insert(LEASES, {"_id": id, "owner": self._core.instance, "beat": 1})
            if known is None
            else self._lease_write(partition, self._core.instance)
        )
        (outcome,) = await self._documents.write([write])
        if outcome is Outcome.STORED:
            self._leases[id] = Watched(beat, self._core.instance, sent_at)
            self._core.renewed_at[partition] = sent_at
            log.info("partition_gained", partition=partition, instance=self._core.instance)
            await self._gained(partition)

    async def _release(self, partitions: list[int]) -> None:
        writes: list[Write] = [self._lease_write(p, None) for p in partitions if _lease_id(p) in self._leases]
        for partition in partitions:
            self._lose(partition)
        if writes:
            await self._documents.write(writes)

    def _drop_expired(self) -> None:
        now = self._core.clock.monotonic()
        for partition in [p for p, renewed_at in self._core.renewed_at.items() if now - renewed_at >= OWNS_FOR]:
            self._lose(partition)

    def _lose(self, partition: int) -> None:
        if self._core.renewed_at.pop(partition, None) is not None:
            log.info("partition_lost", partition=partition, instance=self._core.instance)
            self._lost(partition)


def _lease_id(partition: int) -> str:
    return f"partition-{partition}"
