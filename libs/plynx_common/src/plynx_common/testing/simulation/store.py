"""A document store that fails: before it applied, after it applied, slowly, for a while, or for one process only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.documents import Document, DocumentStore, Index, Insert, Outcome, Sort, Write
from plynx_common.testing.simulation.loop import SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.trace import Trace

T = TypeVar("T")

BY_ID = Sort()
CALL_LIMIT = 10.0
"""Seconds after which the driver gives up on a store that does not answer."""


@dataclass(frozen=True, slots=True)
class StoreFaults:
    """Probabilities per call."""

    fail_before: float = 0.0
    """Raises, and nothing was applied."""
    fail_after: float = 0.0
    """Applied, and the caller is told *unknown*; for reads: no answer."""
    cut: float = 0.0
    """A bulk is applied up to some place in it; the caller is told *unknown* of all."""
    slow: float = 0.0
    longest: float = 40.0
    """Seconds, for the slow ones."""
    usual: float = 0.004

    @classmethod
    def draw(cls, random: Random) -> StoreFaults:
        """A mix of its own for each seed: some kinds not at all, some often."""
        rates = [random.choice([0.0, 0.0, 0.005, 0.02, 0.08]) for _ in range(4)]
        return cls(*rates, longest=random.choice([1.0, 8.0, 40.0]), usual=random.choice([0.0, 0.002, 0.02]))


CALM = StoreFaults()

OnApplied = Callable[[Sequence[Write], Sequence[Outcome]], None]


class SimulatedStore:
    """The store itself, whatever happens to its callers; each has its own connection (`of`)."""

    def __init__(self, documents: DocumentStore, loop: SimulatedLoop, seed: int | str, trace: Trace) -> None:
        self.documents = documents
        self.faults = CALM
        self.on_applied: list[OnApplied] = []
        """Called at each applied bulk, before anybody is told: here live the invariants."""
        self.injected: Counter[str] = Counter()
        """Faults so far, by kind."""
        self.random = Random(f"store {seed}")
        self.loop = loop
        self.trace = trace
        self._down_until = 0.0

    def of(self, process: SimulatedProcess) -> StoreConnection:
        return StoreConnection(self, process)

    def outage(self, seconds: float) -> None:
        """Nobody gets an answer for so long; what was under way may still be applied."""
        self.injected["store: outage"] += 1
        self.trace.note("store outage", f"{seconds:.3f}")
        self._down_until = max(self._down_until, self.loop.time() + seconds)

    @property
    def is_down(self) -> bool:
        return self.loop.time() < self._down_until

    def happens(self, kind: str) -> bool:
        rate: float = getattr(self.faults, kind)
        if rate and self.random.random() < rate:
            self.injected[f"store: {kind}"] += 1
            return True
        return False

    def delay(self) -> float:
        if self.happens("slow"):
            return self.random.uniform(0, self.faults.longest)
        return self.random.uniform(0, self.faults.usual)

    def apply(self, batch: Sequence[Write]) -> list[Outcome]:
        outcomes = at_once(self.documents.write(batch))
        for watch in self.on_applied:
            watch(batch, outcomes)
        return outcomes


class StoreConnection:
    """What one process holds; a call goes on in the store even if its caller gives up or dies."""

    def __init__(self, store: SimulatedStore, process: SimulatedProcess) -> None:
        self._store = store
        self._process = process

    async def get(self, collection: str, id: str) -> Document | None:
        return await self._read("get", lambda: at_once(self._store.documents.get(collection, id)), collection, id)

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        *,
        sort: Sort = BY_ID,
        limit: int | None = None,
        after: tuple[Any, str] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        options: dict[str, Any] = {"sort": sort, "limit": limit, "after": after, "fields": fields}
        return await self._read(
            "find", lambda: at_once(self._store.documents.find(collection, where, **options)), collection
        )

    async def count(self, collection: str, where: Mapping[str, Any]) -> int:
        return await self._read("count", lambda: at_once(self._store.documents.count(collection, where)), collection)

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        if not batch:
            return []
        store = self._store
        await self._reach()
        if store.happens("fail_before"):
            store.trace.note("write refused", self._process, len(batch))
            raise StoreUnavailable("the store refused a bulk before applying any of it")
        sent = list(batch)  # the caller may change its list while this is under way
        applied = sent[: store.random.randrange(len(sent))] if store.happens("cut") else sent
        forgets = len(applied) < len(sent) or store.happens("fail_after")
        outcomes = await self._in_the_store(lambda: self._applied(applied))
        if forgets or store.is_down:
            return [Outcome.UNKNOWN] * len(sent)
        return outcomes

    def _applied(self, batch: Sequence[Write]) -> list[Outcome]:
        outcomes = self._store.apply(batch)
        self._store.trace.note(
            "write",
            self._process,
            *(
                f"{type(write).__name__}:{_name(write)}={outcome.value}"
                for write, outcome in zip(batch, outcomes, strict=True)
            ),
        )
        return outcomes

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        at_once(self._store.documents.ensure_indexes(indexes))

    async def close(self) -> None:
        """The store outlives its connections."""

    async def _read(self, verb: str, read: Callable[[], T], *what: str) -> T:
        store = self._store
        await self._reach()
        if store.happens("fail_before"):
            store.trace.note(verb, "failed", self._process, *what)
            raise StoreUnavailable(f"the store refused to {verb} {' '.join(what)}")
        answer = await self._in_the_store(read)
        if store.is_down or store.happens("fail_after"):
            store.trace.note(verb, "lost", self._process, *what)
            raise StoreUnavailable(f"the store's answer to {verb} {' '.join(what)} was lost")
        store.trace.note(verb, self._process, *what)
        return answer

    async def _reach(self) -> None:
        """Who is cut off, and everybody while the store is down, waits for the driver's patience to end."""
        if not self._process.alive:
            raise StoreUnavailable("this process is dead")
        if self._store.is_down or not self._process.reaches_store:
            self._store.trace.note("store unreached", self._process)
            await asyncio.sleep(CALL_LIMIT)
            raise StoreUnavailable(f"the store did not answer within {CALL_LIMIT:g} s")

    async def _in_the_store(self, act: Callable[[], T]) -> T:
        """Runs there, not in the caller: at some moment between the call and its answer, whoever still waits for it."""
        loop = self._store.loop
        done: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            value = act()
            loop.call_later(back, answer, value, context=Context())

        def answer(value: T) -> None:
            if not done.done():
                done.set_result(value)

        there, back = self._store.delay(), self._store.delay()
        loop.call_later(there, run, context=Context())
        return await done


def _name(write: Write) -> str:
    name = write.document.get("_id") if isinstance(write, Insert) else write.id
    return f"{type(write).__name__}:{write.collection}/{name}"


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, as those of the store in memory."""
    try:
        coroutine.send(None)
    except StopIteration as result:
        return result.value
    coroutine.close()
    raise AssertionError("the store in memory waited for something: a simulation needs one that answers at once")
