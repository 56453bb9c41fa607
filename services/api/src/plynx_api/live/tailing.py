"""The tail contract (4-storage-and-logs §2): every byte of a stream once and in order, while it grows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from plynx_api.live.hub import Live, chunks_of, facts_of
from plynx_api.live.shared_reads import SharedReads
from plynx_common.domain.errors import NotFound
from plynx_common.domain.ids import attempt_id, node_run_id
from plynx_common.domain.node_run import TERMINAL, NodeRun
from plynx_common.domain.values import to_bytes
from plynx_common.messages.base import Message
from plynx_common.messages.logs import LogChunk
from plynx_common.messages.runs import RunChanged
from plynx_common.repositories.logs import LogReader
from plynx_common.repositories.node_runs import NodeRuns

LOOK_EVERY = 15.0
"""Seconds without news after which the store is read."""
BEHIND_FIRST, BEHIND_LONGEST = 0.1, 2.0
"""Seconds until the store is read again for what the archive is still fetching; doubles."""


@dataclass(frozen=True, slots=True)
class Data:
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """Nothing will be added to this attempt's stream."""

    total: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class AttemptChanged:
    """Another attempt of the node has begun: offsets start again from 0."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Frame = Data | Sealed | AttemptChanged | Ping


@dataclass(frozen=True, slots=True)
class Place:
    """A stream of one attempt."""

    team: str
    run: str
    node: str
    attempt: int
    stream: str
    claim_id_hash: str | None = None
    """Whose chunks are believed; None: an attempt that is over, whose log is final."""

    @property
    def name(self) -> str:
        return attempt_id(self.run, self.node, self.attempt)


def place_of(node: NodeRun, stream: str, attempt: int | None = None) -> Place:
    """Of the newest attempt if none is named; of a node that was restored, that of the attempt which was executed.

    Raises `NotFound` for one that has not begun.
    """
    origin = (node.restored_from or {}).get("attempt")
    if origin is not None and not node.attempt:
        run, name, number = str(origin).split("/")
        return Place(node.team, run, name, int(number), stream)
    wanted = node.attempt if attempt is None else attempt
    if wanted > node.attempt:
        raise NotFound(f"node '{node.node}' of run '{node.run}' has no attempt {wanted}: the newest is {node.attempt}")
    holder = node.claim_id_hash if wanted == node.attempt else None
    return Place(node.team, node.run, node.node, wanted, stream, holder)


def _following(node: NodeRun, place: Place) -> Place:
    """The next attempt, which need not be the newest: several may have passed while one was read."""
    passed = [entry["attempt"] for entry in node.history if entry["attempt"] > place.attempt and entry["started"]]
    return place_of(node, place.stream, min(passed, default=None))


class Tails:
    def __init__(self, live: Live, logs: LogReader, node_runs: NodeRuns) -> None:
        self._live = live
        self._reads = SharedReads(logs)
        self._node_runs = node_runs

    async def of_attempt(self, place: Place, start: int) -> AsyncGenerator[Frame]:
        """From byte `start` to the seal."""
        keys = [
            chunks_of(place.team, place.run, place.node, place.attempt, place.stream),
            facts_of(place.team, place.run),
        ]
        async with self._live.listening(keys) as subscription:
            reading = _Reading(place, start, start)
            while not self._live.is_closing:
                async for frame in self._stored(place, reading.position):
                    yield frame
                    if isinstance(frame, Sealed):
                        return
                    reading.note(frame)
                store_knows_more = False
                while not store_knows_more and not self._live.is_closing:
                    await subscription.wait(reading.patience())
                    messages, missed = subscription.take()
                    for frame in reading.take(messages):
                        yield frame
                    store_knows_more = missed or reading.must_look(messages)
                    if not messages:
                        yield Ping()

    async def of_node(self, place: Place, start: int) -> AsyncGenerator[Frame]:
        """As `of_attempt`, and on with the attempts that follow, until the node has ended."""
        while True:
            if place.attempt:
                async with aclosing(self.of_attempt(place, start)) as frames:
                    async for frame in frames:
                        yield frame
            node = await self._after(place)
            if node is None:
                return
            following = _following(node, place)
            if following.attempt <= place.attempt:
                if not following.attempt:
                    yield Sealed(0, truncated=False)
                return
            place, start = following, start if not place.attempt else 0
            yield AttemptChanged(place.attempt)

    async def started(self, place: Place) -> NodeRun | None:
        """The node once it has an attempt, or has ended without; None where the server stops before."""
        return await self._after(place)

    async def _stored(self, place: Place, position: int) -> AsyncGenerator[Frame]:
        while True:
            piece = await self._reads.read(place.name, place.stream, position)
            if piece.data:
                yield Data(piece.offset, piece.data)
                position = piece.end
            elif piece.sealed:
                yield Sealed(position if piece.total is None else piece.total, piece.truncated)
                return
            else:
                return

    async def _after(self, place: Place) -> NodeRun | None:
        """The node once it has ended or has a newer attempt; None where the server stops before."""
        async with self._live.listening([facts_of(place.team, place.run)]) as subscription:
            while not self._live.is_closing:
                id = node_run_id(place.run, place.node)
                node = (await self._node_runs.get_many([id])).get(id)  # none yet: the scheduler has not planned it
                if node is not None and (node.attempt > place.attempt or node.state in TERMINAL):
                    return node
                await subscription.wait(LOOK_EVERY)
                subscription.take()
        return None


@dataclass(slots=True)
class _Reading:
    """Where a reader is in a stream."""

    place: Place
    position: int
    heard: int
    """End of the newest bytes that were heard of; beyond `position` there is a hole."""
    pause: float = BEHIND_FIRST
    quiet: float = BEHIND_FIRST
    """Short at first: what was published before we listened may still be on its way into the store."""

    def note(self, frame: Frame) -> None:
        if isinstance(frame, Data):
            self.position = frame.offset + len(frame.data)
            self.pause = BEHIND_FIRST

    def take(self, messages: Sequence[Message]) -> list[Data]:
        """What continues the stream; what was sent already is dropped, what lies behind a hole is in the store soon."""
        frames: list[Data] = []
        for message in messages:
            if not isinstance(message, LogChunk) or not self._is_believed(message):
                continue
            content = to_bytes(message.data)
            end = message.offset + len(content)
            self.heard = max(self.heard, end)
            if message.offset <= self.position < end:
                frame = Data(self.position, content[self.position - message.offset :])
                frames.append(frame)
                self.note(frame)
        return frames

    def patience(self) -> float:
        """Seconds to wait for news."""
        if self.position >= self.heard:
            self.quiet = min(2 * self.quiet, LOOK_EVERY)
            return self.quiet
        self.pause = min(2 * self.pause, BEHIND_LONGEST)
        return self.pause

    def must_look(self, messages: Sequence[Message]) -> bool:
        """Whether the store may know more: a hole, nothing heard for long, or the attempt may have ended."""
        return self.position < self.heard or not messages or any(self._is_about_node(message) for message in messages)

    def _is_believed(self, chunk: LogChunk) -> bool:
        return self.place.claim_id_hash is None or chunk.claim_id_hash == self.place.claim_id_hash

    def _is_about_node(self, message: Message) -> bool:
        if not isinstance(message, RunChanged):
            return False
        return not message.nodes or any(change.node == self.place.node for change in message.nodes)
