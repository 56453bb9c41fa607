"""The guardian: a small process that keeps every script's tree killable, and kills them all when its worker dies.

    worker ──control socket──> guardian                        (one each)
       │                          └─ fork ─> attempt init       (one per slot, used again for script after script)
       └──────socket per init───────────────────┘ └─ spawn ─> script and whatever it starts

Runs in an interpreter of its own (`PROGRAM`) and imports nothing but the standard library. The worker talks to an
init directly, so a script costs one message each way and the guardian itself sleeps. An init is a *subreaper*: whatever
of a script's tree loses its parent, however it detached itself, becomes the init's child; so "no child left" is proof
that nothing is left. An init is told of its worker's death by the end of its socket, of the guardian's by PDEATHSIG;
the guardian is a subreaper too, adopts the tree of an init that was killed, and kills it.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from typing import NoReturn

from plynx_worker.attempt_init import IGNORED, Init, die, drain, receive, wakeup_pipe
from plynx_worker.process_tree import (
    PR_SET_CHILD_SUBREAPER,
    PR_SET_NAME,
    PR_SET_PDEATHSIG,
    children,
    freeze_and_kill,
    prctl,
    send_signal,
)

PROGRAM = "import sys; sys.path.append(sys.argv[2]); from plynx_worker.guardian import main; main()"
"""Arguments: the control socket's descriptor, and the directory that holds this package."""


class Guardian:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.inits: set[int] = set()
        self.wakeup = wakeup_pipe()
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        self.poll.register(self.wakeup, select.POLLIN)

    def serve(self) -> None:
        orphans = False
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll(10 if orphans else None)}
            if self.wakeup in ready:
                drain(self.wakeup)
            orphans = self._bury()
            if self.control.fileno() in ready:
                request = receive(self.control)
                if request is None:
                    return
                self._fork(request[0], request[1][0])

    def end(self) -> None:
        """The worker is gone: so the inits' sockets are closed; those that do not notice are told."""
        for pid in self.inits:
            send_signal(pid, signal.SIGUSR1)
        while self._bury() or self.inits:
            time.sleep(0.005)

    def _bury(self) -> bool:
        """Reaps; kills what an init left that did not end by itself. Whether some of that is still there."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.inits.clear()
                return False
            if pid == 0:
                break
            self.inits.discard(pid)
        orphans = [pid for pid in children(os.getpid()) if pid not in self.inits]
        if orphans:
            freeze_and_kill(orphans)
        return bool(orphans)

    def _fork(self, limits: tuple[tuple[int, int], ...], channel: int) -> None:
        guardian = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(channel)  # the worker hears it as the end of that init
            return
        if pid == 0:
            become_init(guardian, self, channel, limits)
        os.close(channel)
        self.inits.add(pid)


def guardian_died(_number: int, _frame: object) -> NoReturn:
    die()


def become_init(guardian: int, parent: Guardian, channel: int, limits: tuple[tuple[int, int], ...]) -> NoReturn:
    try:
        parent.control.close()
        os.close(parent.wakeup)
        os.close(signal.set_wakeup_fd(-1))
        signal.signal(signal.SIGUSR1, guardian_died)
        prctl(PR_SET_PDEATHSIG, signal.SIGUSR1)
        if os.getppid() != guardian:
            os._exit(1)  # it died before we asked to be told
        prctl(PR_SET_NAME, b"plynx-init")
        os.setsid()
        Init(socket.socket(fileno=channel), limits).serve()
    finally:
        os._exit(70)


def main() -> None:
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    prctl(PR_SET_NAME, b"plynx-guardian")
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.disable()
    gc.freeze()  # so that a fork shares its pages
    guardian = Guardian(socket.socket(fileno=int(sys.argv[1])))
    guardian.serve()
    guardian.end()
