"""CPU time and memory of a process and everything below it, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    cpu_seconds: float
    """Its own, and that of its ended children it has waited for."""
    is_alive: bool


def tree(root: int) -> list[Process]:
    """`root` and its descendants; what ended in between is left out."""
    found = {process.pid: process for process in map(_read, _pids()) if process is not None}
    children: dict[int, list[int]] = {}
    for process in found.values():
        children.setdefault(process.parent, []).append(process.pid)
    wanted, result = [root], list[Process]()
    while wanted:
        pid = wanted.pop()
        if pid in found:
            result.append(found[pid])
            wanted += children.get(pid, [])
    return result


def cpu_seconds(*roots: int) -> float:
    """Of all of them, the ended ones included; a difference of two of these is what was spent in between."""
    return sum(process.cpu_seconds for root in roots for process in tree(root))


def busy_seconds() -> float:
    """Of all cores, by whatever runs on this machine, since it was started."""
    fields = (PROC / "stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields[:7])
    return (user + nice + system + sum(interrupts)) / TICKS


def reset_peak_memory(*roots: int) -> None:
    for process in (each for root in roots for each in tree(root)):
        try:
            (PROC / str(process.pid) / "clear_refs").write_text(RESET_PEAK, encoding="ascii")
        except OSError:
            continue  # it has just ended


def peak_memory(*roots: int) -> int:
    """Bytes since the reset: the sum of each one's peak, so what they share is counted more than once."""
    return sum(_kibibytes(process.pid, "status", "VmHWM:") for root in roots for process in tree(root)) * 1024


def memory(*roots: int) -> int:
    """Bytes now; what several processes share is counted once (PSS)."""
    return sum(_kibibytes(process.pid, "smaps_rollup", "Pss:") for root in roots for process in tree(root)) * 1024


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _read(pid: int) -> Process | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything; the fields behind it do not.
    fields = text.rpartition(")")[2].split()
    spent = sum(map(int, fields[11:15]))
    return Process(pid, int(fields[1]), spent / TICKS, fields[0] != "Z")


def _kibibytes(pid: int, file: str, field: str) -> int:
    try:
        text = (PROC / str(pid) / file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(field)), 0)
