"""An open run in memory: a cache of its documents, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from plynx_common.domain.node_run import SUCCESSFUL, TERMINAL, NodeRun, NodeState
from plynx_common.domain.run import Run, RunState
from plynx_scheduler.plan import NodePlan, RunPlan


@dataclass(slots=True)
class Lookup:
    """What the cache said about a node's key."""

    key: str
    components: dict[str, Any]
    entry: dict[str, Any] | None = None
    """A hit; its artifacts are being verified, or `is_miss` says that they are gone."""
    is_miss: bool = False
    is_damaged: bool = False
    """An entry exists that must be replaced: an artifact of it is definitely absent."""
    asked_at: float = 0.0
    """When verification was asked for, monotonic."""
    asked_ref: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of a node of another run."""

    outputs: dict[str, dict[str, Any]]
    origin: dict[str, Any]
    """Who made it, and the run that it was taken from."""


@dataclass(slots=True)
class Beginning:
    """What a pending run begins with: nothing of it is planned before it is known what of that exists."""

    unread: list[str] = field(default_factory=list[str])
    """Nodes whose results the other run may have."""
    taken: dict[str, Taken] = field(default_factory=dict[str, Taken])
    """What it has, by node."""
    unverified: dict[str, None] = field(default_factory=dict[str, None])
    """Digests of files and results."""
    absent: set[str] = field(default_factory=set[str])
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Digests by the question that is on its way."""
    asked_at: float | None = None


_BEYOND_PRODUCERS = SUCCESSFUL | {NodeState.READY, NodeState.RUNNING, NodeState.BACKOFF, NodeState.CANCELLING}
"""States that a node reaches only when all its producers are stored as successful."""
_STARTING = (RunState.PENDING, RunState.RUNNING)


@dataclass(slots=True)
class OpenRun:
    run: Run
    plan: RunPlan
    nodes: dict[str, NodeRun] = field(default_factory=dict[str, NodeRun])
    missing: dict[str, int] = field(default_factory=dict[str, int])
    """Producers not stored as successful, by node."""
    counts: dict[NodeState, int] = field(default_factory=dict[NodeState, int])
    read_at: dict[str, float] = field(default_factory=dict[str, float])
    """When each node that is not terminal was last known to be what the store holds, monotonic."""
    unread: dict[str, None] = field(default_factory=dict[str, None])
    """Dropped after a missed or unknown write: read again before anything is decided about them."""
    is_run_unread: bool = False
    lookups: dict[str, Lookup] = field(default_factory=dict[str, Lookup])
    cache_due: dict[str, bool] = field(default_factory=dict[str, bool])
    """Succeeded nodes whose cache entry is not known to be stored; True: an entry that is there is to be replaced."""
    beginning: Beginning = field(default_factory=Beginning)
    announced_seq: int = 0
    settled_at: float = 0.0
    raised: int = 0
    """Exceptions while deciding about it, since it was last stuck."""
    stuck_until: float = 0.0
    """Nothing is decided about it before, monotonic: it raised too often."""

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def is_expanded(self) -> bool:
        return len(self.nodes) == len(self.plan.nodes)

    @property
    def is_complete(self) -> bool:
        """Every node run is terminal, as far as memory knows."""
        return self.is_expanded and sum(self.counts.get(state, 0) for state in TERMINAL) == len(self.nodes)

    @property
    def may_start(self) -> bool:
        """Whether anything new may start."""
        return self.run.state in _STARTING and self.is_expanded and self.stop_reason is None

    @property
    def stop_reason(self) -> str | None:
        """Why nodes that do not run are cancelled; None: they are not."""
        if self.run.cancel_requested:
            return "cancelled on request"
        if self.run.failure_policy != "continue" and self.counts.get(NodeState.FAILED, 0):
            return f"a node failed under '{self.run.failure_policy}'"
        return None

    @property
    def stops_running(self) -> bool:
        """Whether what runs is to end too."""
        return self.run.cancel_requested or (
            self.run.failure_policy == "fail_fast" and bool(self.counts.get(NodeState.FAILED, 0))
        )

    def put(self, node: NodeRun, now: float) -> None:
        """Remembers a node run as the store holds it."""
        old = self.nodes.get(node.node)
        if old is not None:
            self.counts[old.state] -= 1
        self.counts[node.state] = self.counts.get(node.state, 0) + 1
        self.nodes[node.node] = node
        if node.state is NodeState.SUCCEEDED and self.plan.nodes[node.node].key is not None:
            self.cache_due[node.node] = False
        self.unread.pop(node.node, None)
        if node.state in TERMINAL:
            self.read_at.pop(node.node, None)
        else:
            self.read_at[node.node] = now
        if node.state in SUCCESSFUL and (old is None or old.state not in SUCCESSFUL):
            for child in self.plan.nodes[node.node].children:
                self.missing[child] -= 1

    def doubt_producers(self, node: NodeRun) -> None:
        """What has gone on has producers stored as successful: where memory says otherwise, it is behind."""
        if self.missing[node.node] and node.state in _BEYOND_PRODUCERS:
            self.unread.update(dict.fromkeys(self.waiting_for(node.node)))

    def is_unread(self, node: str) -> bool:
        """It or a producer of it is to be read again, before anything is decided that rests on both."""
        if not self.unread:
            return False
        return node in self.unread or any(parent in self.unread for parent in self.plan.nodes[node].parents)

    def is_startable_soon(self, node: NodeRun) -> bool:
        """Waiting, and all producers are stored as successful."""
        return node.state is NodeState.WAITING and self.missing[node.node] == 0 and self.may_start

    def is_grantable(self, node: NodeRun) -> bool:
        """Startable or ready: a claim may take it now."""
        if node.node in self.unread or self.is_run_unread or not self.may_start:
            return False
        if node.state is NodeState.READY:
            return True
        if not self.is_startable_soon(node):
            return False
        return self.known_miss(self.plan.nodes[node.node])

    def known_miss(self, plan: NodePlan) -> bool:
        if plan.key is None or plan.is_forced:
            return True
        lookup = self.lookups.get(plan.id)
        return lookup is not None and lookup.is_miss

    def waiting_for(self, node: str) -> list[str]:
        return [
            parent
            for parent in self.plan.nodes[node].parents
            if (known := self.nodes.get(parent)) is None or known.state not in SUCCESSFUL
        ]


def opened(run: Run, plan: RunPlan, nodes: list[NodeRun], now: float) -> OpenRun:
    memory = OpenRun(run, plan, missing={id: len(node.parents) for id, node in plan.nodes.items()})
    memory.beginning.unverified = dict.fromkeys(plan.files)
    for node in nodes:
        memory.put(node, now)
    memory.beginning.unread = [id for id in plan.reused if id not in memory.nodes]
    for node in nodes:
        memory.doubt_producers(node)
    memory.announced_seq = 0 if run.unannounced else run.seq
    return memory
