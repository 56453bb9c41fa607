"""The open runs of this instance's partitions, in memory: a cache of documents that is read again whenever in doubt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.node_run import NodeRun
from plynx_common.domain.run import Run, RunState
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import Runs
from plynx_scheduler.open_run import OpenRun, opened
from plynx_scheduler.plan import make_plan

SLICE = 500
"""Documents read in one go, so that no batch waits long for a large run."""
RUNS_AT_ONCE = 16
CLOSED_REMEMBERED = 10_000
BROKEN_FOR = 600.0


@dataclass(slots=True)
class Loading:
    """A run on its way into memory, a slice a round; what needs it waits here."""

    run: Run | None = None
    nodes: list[NodeRun] = field(default_factory=list[NodeRun])
    waiting: list[Callable[..., None]] = field(default_factory=list[Callable[..., None]])


@dataclass(slots=True)
class Reading:
    """What one step of reading has brought."""

    known: list[OpenRun] = field(default_factory=list[OpenRun])
    """Known completely now."""
    items: list[Callable[..., None]] = field(default_factory=list[Callable[..., None]])
    """What waited for them, or for runs that turned out to be closed."""
    broken: list[tuple[str, Exception]] = field(default_factory=list[tuple[str, Exception]])
    """Runs whose snapshot cannot be understood."""


class Memory:
    def __init__(self, documents: DocumentStore, clock: Clock, interpreter: str) -> None:
        self._runs = Runs(documents)
        self._node_runs = NodeRuns(documents)
        self._clock = clock
        self._interpreter = interpreter
        self.open: dict[str, OpenRun] = {}
        self.loading: dict[str, Loading] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._broken: dict[str, float] = {}
        """Runs whose snapshot could not be understood, and when they are tried again, monotonic."""
        self.doubtful: dict[str, OpenRun] = {}
        """Runs in which something was dropped and must be read again."""
        self._reading = Reading()

    def is_closed(self, run: str) -> bool:
        """Known to be terminal, or not to exist: lasting truths both."""
        return run in self._closed

    def want(self, run: str, item: Callable[..., None] | None = None) -> None:
        """Loads a run; `item` is decided when it is there, or known to be closed."""
        if self._clock.monotonic() < self._broken.get(run, 0.0):
            return
        self._broken.pop(run, None)
        loading = self.loading.get(run)
        if loading is None:
            loading = self.loading[run] = Loading()
        if item is not None:
            loading.waiting.append(item)

    def close(self, run: str) -> None:
        self.open.pop(run, None)
        self.doubtful.pop(run, None)
        self._closed[run] = None
        if len(self._closed) > CLOSED_REMEMBERED:
            self._closed.popitem(last=False)

    def drop(self, run: str) -> None:
        """Forgets it without a verdict: its partition is lost, or it is to be read anew."""
        self.open.pop(run, None)
        self.doubtful.pop(run, None)
        self.loading.pop(run, None)

    def holds(self, open_run: OpenRun) -> bool:
        """False: it was forgotten, and maybe loaded anew, since."""
        return self.open.get(open_run.id) is open_run

    def doubt(self, open_run: OpenRun) -> None:
        if self.holds(open_run) and (open_run.unread or open_run.is_run_unread):
            self.doubtful[open_run.id] = open_run

    def read_again(self, open_run: OpenRun, node: str) -> None:
        """The node run and its run are read before anything more is decided about them."""
        open_run.unread[node] = None
        open_run.is_run_unread = True
        self.doubt(open_run)

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to read before the next decision."""
        return bool(self.loading or self.doubtful or self._reading.known or self._reading.items or self._reading.broken)

    async def read(self, now: float) -> Reading:
        """One slice of what is to be read. Raises `StoreUnavailable`; the next call brings what this one has read.

        While the store is asked, a partition may be lost: what was dropped then is not known any more.
        """
        reading = self._reading
        for open_run in list(self.doubtful.values()):
            await self._read_again(open_run, now, reading)
        for run, loading in list(self.loading.items())[:RUNS_AT_ONCE]:
            await self._read_slice(run, loading, now, reading)
        self._reading = Reading()
        reading.known = [open_run for open_run in reading.known if self.holds(open_run)]
        return reading

    async def _read_again(self, open_run: OpenRun, now: float, reading: Reading) -> None:
        run = open_run.id
        if open_run.is_run_unread and not await self._read_run_again(open_run):
            return
        wanted = [f"{run}/{node}" for node in list(open_run.unread)[:SLICE]]
        found = await self._node_runs.get_many(wanted)
        if not self.holds(open_run):
            return
        for id in wanted:
            node = found.get(id)
            if node is not None:
                open_run.put(node, now)
                open_run.doubt_producers(node)
            else:
                open_run.unread.pop(id.removeprefix(f"{run}/"), None)
        if not open_run.unread:
            self.doubtful.pop(run, None)
        reading.known.append(open_run)

    async def _read_run_again(self, open_run: OpenRun) -> bool:
        """False: it has ended, or was forgotten while it was read."""
        fresh = await self._runs.find(open_run.id)
        if not self.holds(open_run):
            return False
        if fresh is None or fresh.is_terminal:
            self.close(open_run.id)
            return False
        open_run.run = fresh
        open_run.is_run_unread = False
        if fresh.state is not RunState.PENDING:  # another owner may have expanded it
            open_run.unread.update({node: None for node in open_run.plan.nodes if node not in open_run.nodes})
        return True

    async def _read_slice(self, run: str, loading: Loading, now: float, reading: Reading) -> None:
        if loading.run is None:
            found = await self._runs.find(run)
            if self.loading.get(run) is not loading:
                return
            if found is None or found.is_terminal:
                self.close(run)
                reading.items += self.loading.pop(run).waiting
                return
            loading.run = found
        last = loading.nodes[-1].node if loading.nodes else None
        nodes = await self._node_runs.of_run(run, limit=SLICE, after=last)
        if self.loading.get(run) is not loading:
            return
        loading.nodes += nodes
        if len(nodes) == SLICE:
            return
        del self.loading[run]
        try:
            open_run = opened(loading.run, make_plan(loading.run, self._interpreter), loading.nodes, now)
        except (InvalidInput, ValueError, LookupError) as error:
            self._broken[run] = now + BROKEN_FOR
            reading.broken.append((run, error))
            return
        self.open[run] = open_run
        self.doubt(open_run)
        self._closed.pop(run, None)
        reading.known.append(open_run)
        reading.items += loading.waiting
