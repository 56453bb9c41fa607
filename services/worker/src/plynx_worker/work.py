"""Port to the work of an attempt: what the lifecycle asks for, phase by phase. The simulation replaces it whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from plynx_common.domain.failure import Failure
from plynx_common.messages.nodes import Grant, Receipt, StreamLog, Timings
from plynx_worker.log_streams import Chunk, LogStream


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is reported of an attempt."""

    outputs: dict[str, Receipt] = field(default_factory=dict[str, Receipt])
    failure: Failure | None = None
    logs: dict[str, StreamLog] = field(default_factory=dict[str, StreamLog])
    timings: Timings | None = None


class Work(Protocol):
    """One attempt. `prepare` and `finish` may be cancelled; then only `close` follows."""

    async def prepare(self) -> Failure | None:
        """Inputs fetched and placed, script written."""
        ...

    async def run(self) -> Failure | None:
        """Returns when nothing of the script is alive any more."""
        ...

    def terminate(self, grace: float) -> None:
        """Of the running script: TERM to all of it, KILL after `grace` seconds; 0: KILL at once."""
        ...

    async def finish(self, failure: Failure | None) -> Outcome:
        """Outputs (where there is no failure) and logs are stored."""
        ...

    def read_log(self, stream: LogStream, start: int, end: int | None) -> bytes: ...

    async def close(self) -> None:
        """Nothing runs; what it used is given back, but the logs."""
        ...

    def forget(self) -> None:
        """The logs, too: nobody can ask for them any more."""
        ...


class Workshop(Protocol):
    """Where attempts are worked on."""

    def open(self, grant: Grant, token: Callable[[], str], emit: Callable[[Chunk], None]) -> Work:
        """`token` gives the newest attempt token; `emit` is handed the log while it grows."""
        ...
