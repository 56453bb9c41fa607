"""What runs on this machine, from /proc: everything that a platform has started, however it hid."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
MARK = "PLYNX_WORKER_MARK"
GUARDIAN = "plynx_worker.guardian"


def of_home(home: Path) -> dict[int, str]:
    """Live processes of the platform with this state directory: pid → command line.

    Found by the worker's mark, by any variable, argument or directory that names the state directory.
    """
    marks = [
        f"{MARK}={path.read_text(encoding='ascii').strip()}".encode()
        for worker in workers_of(home)
        for path in worker.glob("*/mark")
    ]
    traces = [str(home).encode(), *marks]

    def belongs(pid: int) -> bool:
        places = (read(pid, "environ"), read(pid, "cmdline"), _directory(pid))
        return any(trace in place for trace in traces for place in places)

    return _matching(belongs)


def workers_of(home: Path) -> list[Path]:
    """The directories of its workers, which share the state directory or have their own below it."""
    return [home / "worker", *home.glob("*/worker")]


def naming(word: str) -> dict[int, str]:
    """Live processes that have this word in an argument: what a script leaves although it shed its environment."""
    return _matching(lambda pid: word.encode() in read(pid, "cmdline"))


def scripts_of(home: Path) -> dict[int, str]:
    """Of those of the platform, the ones that some node has started.

    An idle init stays in the directory where it started its last script.
    """
    work = tuple(os.fsencode(worker / "") + b"/" for worker in workers_of(home))
    return {
        pid: line
        for pid, line in of_home(home).items()
        if b"PLYNX_NODE=" in read(pid, "environ") or (_directory(pid).startswith(work) and GUARDIAN not in line)
    }


def read(pid: int, file: str) -> bytes:
    """Empty for a process that is gone or a zombie."""
    try:
        return (PROC / str(pid) / file).read_bytes()
    except OSError:
        return b""


def _matching(is_wanted: Callable[[int], bool]) -> dict[int, str]:
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    found = [pid for pid in pids if pid != os.getpid() and is_wanted(pid)]
    return {pid: read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip() for pid in found}


def _directory(pid: int) -> bytes:
    try:
        return os.fsencode((PROC / str(pid) / "cwd").readlink())
    except OSError:
        return b""
