"""The processes below this one: found, counted, and killed until nothing is left. Standard library only (guardian)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

GIVE_UP_AFTER = 20.0
"""Seconds of KILL without effect (a process stuck in the kernel) until a script is reported ended nevertheless."""
FREEZES = 100
"""Rounds until those seen so far are killed, though there are still new ones."""

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int | bytes) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


def children(pid: int) -> list[int]:
    if not KERNEL_LISTS_CHILDREN:
        return [child for child, parent in _parents() if parent == pid]
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as listing:
                found.extend(map(int, listing.read().split()))
    except OSError:
        pass  # it is gone
    return found


KERNEL_LISTS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
"""Not every kernel is built with it (CONFIG_PROC_CHILDREN)."""


def _parents() -> list[tuple[int, int]]:
    """(process, parent) of all processes: the slow way to find children."""
    found: list[tuple[int, int]] = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it is gone
        found.append((int(name), int(fields[1])))
    return found


def descendants(below: list[int]) -> list[int]:
    """These processes and all below them, parents first."""
    found = list(below)
    for pid in found:
        found.extend(children(pid))
    return found


def send_signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return  # gone, or (a setuid program) not ours to kill


def freeze_and_kill(below: list[int]) -> None:
    """Stops all first, so that none can fork away while the others are killed."""
    seen: set[int] = set()
    for _ in range(FREEZES):
        new = [pid for pid in descendants(below) if pid not in seen]
        if not new:
            break
        seen.update(new)
        for pid in new:
            send_signal(pid, signal.SIGSTOP)
    for pid in descendants(below):  # not those seen: what ended meanwhile may have left its number to a stranger
        send_signal(pid, signal.SIGKILL)


def anonymous_memory(pids: list[int]) -> int:
    """Bytes resident that belong to these processes alone: what a kill would free."""
    pages = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm", "rb") as statm:
                fields = statm.read().split()
            pages += max(0, int(fields[1]) - int(fields[2]))
        except (OSError, IndexError):
            pass  # it is gone
    return pages * resource.getpagesize()


def kernel_kills() -> int:
    """How often the kernel has killed for want of memory since it started, in any control group."""
    try:
        with open("/proc/vmstat", "rb") as vmstat:
            for line in vmstat:
                if line.startswith(b"oom_kill "):
                    return int(line.split()[1])
    except OSError:
        pass  # no such file in this container: then no such verdict
    return 0


class Tree:
    """A script and everything it started, with what they have used."""

    def __init__(self, main: int) -> None:
        self.main = main
        self.status: int | None = None
        self.cpu = 0.0
        self.peak = 0
        """KiB."""

    def reap(self) -> bool:
        """Whether nothing is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            self.cpu += usage.ru_utime + usage.ru_stime
            self.peak = max(self.peak, usage.ru_maxrss)
            if pid == self.main:
                self.status = status

    def kill(self) -> bool:
        """KILL until nothing is left; False if that could not be had."""
        deadline = time.monotonic() + GIVE_UP_AFTER
        pause = 0.0005
        while not self.reap():
            if time.monotonic() > deadline:
                return False
            freeze_and_kill(children(os.getpid()))
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return True
