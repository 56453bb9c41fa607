"""Where the time goes: py-spy beside a workload."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SAMPLES_PER_SECOND = "200"


@contextmanager
def profiled(pid: int | None, directory: Path | None, name: str) -> Generator[None]:
    """Writes `<name>.txt` (folded stacks) into the directory; does nothing without one."""
    if pid is None or directory is None:
        yield
        return
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.txt"
    spy = Path(sys.executable).with_name("py-spy")
    command = [str(spy), "record", "--pid", str(pid), "--rate", SAMPLES_PER_SECOND, "--format", "raw", "--output"]
    watcher = subprocess.Popen([*command, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.wait(60)
