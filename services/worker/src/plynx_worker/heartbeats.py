"""One heartbeat per partition every 2 s: it names what was taken and is not yet known to be closed."""

from __future__ import annotations

from plynx_common.interfaces.clock import Clock
from plynx_common.messages.nodes import AttemptBeat, NodeHeartbeat
from plynx_worker.attempts import Attempts
from plynx_worker.line import Line
from plynx_worker.results import Results

BEAT_EVERY = 2.0


class Heartbeats:
    def __init__(self, line: Line, attempts: Attempts, results: Results, clock: Clock) -> None:
        self._line = line
        self._attempts = attempts
        self._results = results
        self._clock = clock

    def beat(self) -> None:
        now = self._clock.monotonic()
        by_partition: dict[int, list[AttemptBeat]] = {}
        for attempt in self._attempts.live.values():
            by_partition.setdefault(attempt.grant.partition, []).append(attempt.beat(now))
        for partition, beat in self._results.beats(now):
            by_partition.setdefault(partition, []).append(beat)
        for partition, beats in by_partition.items():
            self._line.call(NodeHeartbeat(**self._line.me, partition=partition, attempts=tuple(beats)), partition)
