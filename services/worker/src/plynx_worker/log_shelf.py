"""Logs of attempts while somebody may ask for them: published in chunks, and read again on `log.fetch`."""

from __future__ import annotations

from collections.abc import Callable

from plynx_common.domain.ids import attempt_id
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.domain.values import timestamp, to_text
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.clock import Clock
from plynx_common.messages import routes
from plynx_common.messages.logs import LogChunk, LogFetch
from plynx_worker.attempt import Attempt
from plynx_worker.line import Line
from plynx_worker.log_streams import STREAMS, Chunk

KEPT_FOR = 60.0
"""Seconds after an attempt is closed."""
FETCH_BYTES = 32 * 1024
FETCHED = -1
"""Sequence number of chunks that were asked for: their offset says what they are."""


class LogShelf:
    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._shelved: dict[str, Attempt] = {}
        """Attempts with something to read, by id."""
        self._forget_at: dict[str, float] = {}
        """Of closed ones, the earliest first."""

    def emitter(self, attempt: Attempt) -> Callable[[Chunk], None]:
        def emit(chunk: Chunk) -> None:
            self._shelved[attempt.id] = attempt
            self._line.send(self._outgoing(attempt, chunk))

        return emit

    def ended(self, attempt: Attempt) -> None:
        """Closed, or nobody waits for it: what nobody has seen a chunk of is complete in its result."""
        if attempt.id in self._shelved:
            self._forget_at.setdefault(attempt.id, self._clock.monotonic() + KEPT_FOR)
        elif attempt.work is not None:
            attempt.work.forget()

    def check(self, now: float) -> None:
        for id in [id for id, due in self._forget_at.items() if now >= due]:
            del self._forget_at[id]
            work = self._shelved.pop(id).work
            if work is not None:
                work.forget()

    def forget_all(self) -> None:
        self.check(float("inf"))

    def fetch(self, asked: LogFetch, reply_to: str | None) -> None:
        attempt = self._shelved.get(attempt_id(asked.run, asked.node, asked.attempt))
        if attempt is None or attempt.work is None or reply_to is None or asked.stream not in STREAMS:
            return
        stream = asked.stream
        content = attempt.work.read_log(stream, asked.start, asked.end)
        for start in range(0, len(content), FETCH_BYTES):
            piece = Chunk(stream, FETCHED, asked.start + start, content[start : start + FETCH_BYTES])
            message = self._message(attempt, piece)
            self._line.send(Outgoing(message, routes.DIRECT_TO_QUEUE, reply_to, reply_to=self._line.queue))

    def _outgoing(self, attempt: Attempt, chunk: Chunk) -> Outgoing:
        grant = attempt.grant
        key = routes.log_key(grant.team, grant.run, grant.node, grant.attempt, chunk.stream)
        return Outgoing(self._message(attempt, chunk), routes.LOGS, key)

    def _message(self, attempt: Attempt, chunk: Chunk) -> LogChunk:
        grant = attempt.grant
        return LogChunk(
            team=grant.team,
            run=grant.run,
            node=grant.node,
            attempt=grant.attempt,
            claim_id_hash=claim_id_hash(attempt.claim_id),
            stream=chunk.stream,
            seq=chunk.seq,
            offset=chunk.offset,
            data=to_text(chunk.data),
            at=timestamp(self._clock.now()),
            queue=self._line.queue,
        )
