"""A script that wants to stay: it ignores TERM, and detaches a process that has shed all it could be known by."""

from __future__ import annotations

from typing import Any

from tests.e2e.documents import Document, single

DETACH = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 100)
        os.execve("/bin/sleep", ["sleep", "{seconds}"], {{}})  # ignored signals stay ignored
    os._exit(0)
os.wait()
print("detached", flush=True)
"""
STAY = "time.sleep(300)\n"


def stubborn(seconds: str, *, stays: bool = True, **fields: Any) -> Document:
    """`seconds`: how long the detached process sleeps; found by it with `processes.naming`."""
    return single(DETACH.format(seconds=seconds) + STAY * stays, "python", **fields)
