"""Hints, claims, heartbeats and results: the conversation of scheduler and worker about node runs."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from plynx_common.messages.base import Message, Part
from plynx_common.messages.workers import Capacity, WorkerMessage


class NodeReady(Message):
    """A hint: there may be work for this pool in this partition."""

    type: ClassVar[str] = "node.ready"

    hint_id: str
    pool: str
    """Full name, `<team>/<pool>`."""
    partition: int
    run: str
    """The node that caused the hint: `run` and `node`."""
    node: str


class ClaimRequest(Part):
    """Asks for the best node of a pool; the id is fresh and secret, and repeats carry the same one."""

    claim_id: str
    hint_id: str | None = None
    pool: str
    capacity: Capacity
    """What is left on the worker."""


class NodeClaim(WorkerMessage):
    type: ClassVar[str] = "node.claim"

    partition: int
    claim: ClaimRequest


class InputArtifact(Part):
    digest: str
    size: int
    type: str


class Grant(Part):
    """Everything a worker needs to execute one attempt."""

    run: str
    node: str
    attempt: int
    team: str
    pool: str
    partition: int
    operation: dict[str, Any]
    """The operation's document (`plynx_common.domain.operation.Operation`)."""
    operation_digest: str
    """Names the operation's content: what is parsed or compiled from it may be cached by this."""
    parameters: dict[str, Any]
    """Resolved values by name; `{"$artifact": {digest, size, type}}` stands for the text of a scalar artifact."""
    inputs: dict[str, list[InputArtifact]]
    token: str
    """Attempt token."""
    single_inputs: tuple[str, ...] = ()
    """Inputs with min = max = 1: a value instead of a list."""


class NodeGranted(Message):
    """Answer to a claim."""

    type: ClassVar[str] = "node.granted"

    claim_id: str
    grant: Grant
    closed: str | None = None
    """In a hand-over: the attempt (`run/node/attempt`) whose result is stored by now."""


class ClaimDeclined(Message):
    """Answer to a claim: nothing for you now."""

    type: ClassVar[str] = "node.none"

    claim_id: str
    closed: str | None = None


class AttemptClosed(Message):
    """Answer to a result or release: it is stored, or the attempt ended otherwise; forget it."""

    type: ClassVar[str] = "node.closed"

    attempt: str
    """`run/node/attempt`."""


class AttemptBeat(Part):
    run: str
    node: str
    attempt: int
    claim_id: str
    phase: str
    """`preparing`, `running`, `finishing` or `reported`."""
    seconds: float
    """In this phase, by the worker's monotonic clock."""


class NodeHeartbeat(WorkerMessage):
    """One per worker and partition every 2 s; also names attempts that have ended until they are known to be closed."""

    type: ClassVar[str] = "node.heartbeat"

    partition: int
    attempts: tuple[AttemptBeat, ...]


class HeartbeatAnswer(Message):
    type: ClassVar[str] = "node.heartbeat_answer"

    partition: int
    heard: tuple[str, ...] = ()
    """Attempts (`run/node/attempt`) that the owner knows as this worker's, open and running."""
    stop: tuple[str, ...] = ()
    """No longer this worker's: kill, report nothing."""
    cancel: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    tokens: dict[str, str] = Field(default_factory=dict[str, str])
    """Renewed attempt tokens."""


class NodeCancel(Message):
    """To the worker's own queue: end this attempt (TERM, grace, KILL) and report it as cancelled."""

    type: ClassVar[str] = "node.cancel"

    attempt: str
    reason: str


class NodeReleased(WorkerMessage):
    """The worker gives an attempt back that it has not started (or drains away from)."""

    type: ClassVar[str] = "node.released"

    partition: int
    run: str
    node: str
    attempt: int
    claim_id: str
    reason: str


class Receipt(Part):
    """Signed by storage: these bytes are in the object store and in the catalogue of the team."""

    digest: str
    size: int
    type: str
    signature: str


class StreamLog(Part):
    """The whole log of one stream of an attempt."""

    bytes: int
    """As kept, caps applied."""
    sha256: str
    inline: str | None = None
    """The bytes (one latin-1 character each) when they are at most 16 KiB."""
    receipt: Receipt | None = None
    """The artifact that holds them otherwise."""
    truncated: bool = False
    """The middle was cut at the caps, or the end was lost."""


class Timings(Part):
    started_at: str
    """When the script started, RFC 3339 UTC by the worker's clock."""
    preparing: float
    """Seconds."""
    running: float
    finishing: float
    cpu: float = 0.0
    """CPU seconds of the script and its children."""
    peak_memory: int = 0
    """Bytes."""


class NodeResult(WorkerMessage):
    """What both results share. Persistent, confirmed, sent again every 5 s until closed."""

    partition: int
    run: str
    node: str
    attempt: int
    claim_id: str
    logs: dict[str, StreamLog] = Field(default_factory=dict[str, StreamLog])
    timings: Timings | None = None
    handover: ClaimRequest | None = None
    """Asks for the next node; only in the first sending."""


class NodeFinished(NodeResult):
    type: ClassVar[str] = "node.finished"

    outputs: dict[str, Receipt]


class NodeFailed(NodeResult):
    type: ClassVar[str] = "node.failed"

    failure: dict[str, Any]
    """`plynx_common.domain.failure.Failure` as a document."""
