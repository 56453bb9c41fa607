"""The process that ends throw-away servers when their owner is gone, however it went: `reaper.py MARK DIRECTORY`.

It waits for the end of its standard input, which comes with the owner's last breath, SIGKILL included. Then it kills
every process that bears the mark in its environment, also what made itself a daemon, and removes the directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "PLYNX_THROW_AWAY"


def kill_marked(mark: str) -> None:
    """Until none is left: one may have forked while the others were killed."""
    while found := list(_marked(mark)):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _marked(mark: str) -> Iterator[int]:
    """Living processes; a zombie has no environment left."""
    entry = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if entry in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


if __name__ == "__main__":
    sys.stdin.read()
    kill_marked(sys.argv[1])
    shutil.rmtree(sys.argv[2], ignore_errors=True)
