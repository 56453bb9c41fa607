"""Port to the operating system's processes: start a script, hear its output, learn how its whole tree ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Stream = Literal["stdout", "stderr"]

OnOutput = Callable[[Stream, bytes], None]


@dataclass(frozen=True, slots=True)
class Launch:
    label: str
    """The attempt, for messages."""
    argv: tuple[str, ...]
    """`argv[0]` is an absolute path, or looked up in `env["PATH"]`."""
    env: Mapping[str, str]
    """All of it: nothing of the worker's own is added but its mark."""
    cwd: str
    on_output: OnOutput
    """Called in the event loop with each piece of output, in order per stream; never after `wait()` has returned."""
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    """Soft and hard, by resource name as in `RLIMIT_<NAME>`, lower case: `cpu`, `as`, `nofile`, `fsize`, `core`, …"""
    memory: int = 0
    """Bytes the whole tree may have resident (not shared); above, it is killed as out of memory. 0: no limit."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How it ended; by the time it is known, nothing of the script's tree is left alive."""

    code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    """Of the whole tree."""
    peak_memory: int = 0
    """Bytes resident, of the largest single process of the tree."""
    out_of_memory: bool = False
    problem: str = ""
    """Not empty: the platform failed (could not start it, guardian lost), not the script; code and signal are None."""


class Process(Protocol):
    async def wait(self) -> Exit:
        """May be called by several, and again. Cancelling it does not end the script."""
        ...

    def terminate(self, grace: float) -> None:
        """TERM to the whole tree now, KILL to what is left after `grace` seconds (0: KILL at once). Never waits."""
        ...


class ProcessRunner(Protocol):
    async def start(self, launch: Launch) -> Process: ...
