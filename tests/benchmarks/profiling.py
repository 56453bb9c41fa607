"""Where the time goes: py-spy beside a workload."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

SAMPLES_PER_SECOND = "200"


@contextmanager
def profiled(pids: Sequence[int], directory: Path | None, name: str) -> Generator[None]:
    """Writes `<name>-<place>.txt` (folded stacks) for each process; does nothing without a directory."""
    if directory is None:
        yield
        return
    directory.mkdir(parents=True, exist_ok=True)
    watchers = [_watcher(pid, directory / f"{name}-{place}.txt") for place, pid in enumerate(pids)]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.send_signal(signal.SIGINT)
        for watcher in watchers:
            watcher.wait(60)


def _watcher(pid: int, path: Path) -> subprocess.Popen[bytes]:
    spy = Path(sys.executable).with_name("py-spy")
    command = [
        str(spy),
        "record",
        "--gil",
        "--pid",
        str(pid),
        "--rate",
        SAMPLES_PER_SECOND,
        "--format",
        "raw",
        "--output",
    ]
    return subprocess.Popen([*command, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
