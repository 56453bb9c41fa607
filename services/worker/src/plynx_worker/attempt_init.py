"""An attempt init: starts one script after the other, and reports each when nothing of it is left (see guardian)."""

from __future__ import annotations

import marshal
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from plynx_worker.process_tree import (
    PR_SET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS,
    Tree,
    anonymous_memory,
    children,
    descendants,
    kernel_kills,
    prctl,
    send_signal,
)

MESSAGE_BYTES = 131_072
"""More than any message: larger launches come as a memory file."""
MEMORY_CHECK_MS = 250
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""They are meant for the worker, which decides what becomes of its scripts; the terminal sends them to everybody."""
RESTORED = (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ)
"""What Python and we ignore, a script must not inherit as ignored."""


def wakeup_pipe() -> int:
    """A descriptor that turns readable when a child ends."""
    receiver, sender = os.pipe()
    os.set_blocking(receiver, False)
    os.set_blocking(sender, False)
    signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, noticed)
    return receiver


def noticed(_number: int, _frame: object) -> None:
    """Only there so that the signal wakes the poll."""


def drain(descriptor: int) -> None:
    try:
        os.read(descriptor, 4096)
    except BlockingIOError:
        return


def receive(channel: socket.socket) -> tuple[Any, list[int]] | None:
    """A message and its descriptors; None at the end of the socket."""
    try:
        body, ancillary, _, _ = channel.recvmsg(MESSAGE_BYTES, socket.CMSG_SPACE(12), socket.MSG_CMSG_CLOEXEC)
    except ConnectionError:
        return None
    descriptors = [
        int.from_bytes(content[at : at + 4], sys.byteorder)
        for _, _, content in ancillary
        for at in range(0, len(content) - 3, 4)
    ]
    return (marshal.loads(body), descriptors) if body else None


class Init:
    """Starts one script after the other, and reports each when nothing of it is left."""

    def __init__(self, channel: socket.socket, limits: tuple[tuple[int, int], ...]) -> None:
        self.channel = channel
        self.problem = self._confine(limits)
        self.null = os.open(os.devnull, os.O_RDWR)
        self.wakeup = wakeup_pipe()
        self.kernel_kills = kernel_kills()
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.poll.register(self.wakeup, select.POLLIN)

    @staticmethod
    def _confine(limits: tuple[tuple[int, int], ...]) -> str:
        """What every script inherits; says what could not be had."""
        try:
            prctl(PR_SET_CHILD_SUBREAPER, 1)
            prctl(PR_SET_NO_NEW_PRIVS, 1)
            os.umask(0o022)
            for number, value in limits:
                hard = resource.getrlimit(number)[1]
                allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (allowed, allowed))
        except (OSError, ValueError) as error:
            return f"cannot confine the script: {error}"
        try:
            with open("/proc/self/oom_score_adj", "w") as score:
                score.write("500")  # the kernel shall pick scripts before the worker
        except OSError:
            pass  # a matter of order only
        return ""

    def serve(self) -> NoReturn:
        while True:
            request = receive(self.channel)
            if request is None:
                os._exit(0)
            if request[0][0] == "spawn":
                self._run(*request)

    def _run(self, request: Any, descriptors: list[int]) -> None:
        try:
            if len(descriptors) > 2:
                with open(descriptors.pop(), "rb") as large:
                    request = marshal.load(large)
            _, argv, env, cwd, memory = request
            if self.problem:
                raise OSError(self.problem)
            tree = Tree(self._spawn(argv, env, cwd, descriptors))
        except (OSError, ValueError) as error:
            self._report("failed", str(error))
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        out_of_memory = self._attend(tree, memory)
        gone = tree.kill()
        self._report("exit", tree.status, tree.cpu, tree.peak, out_of_memory or self._kernel_killed(tree), gone)

    def _spawn(self, argv: list[str], env: dict[str, str], cwd: str, outputs: list[int]) -> int:
        os.chdir(cwd)
        return os.posix_spawn(
            argv[0],
            argv,
            env,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, self.null, 0),
                (os.POSIX_SPAWN_DUP2, outputs[0], 1),
                (os.POSIX_SPAWN_DUP2, outputs[1], 2),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=RESTORED,
        )

    def _attend(self, tree: Tree, memory: int) -> bool:
        """Returns when what is left is to be killed; whether for its memory."""
        deadline: float | None = None
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll(self._patience(memory, deadline))}
            if self.wakeup in ready:
                drain(self.wakeup)
            if tree.reap() or (tree.status is not None and deadline is None):
                return False
            if self.channel.fileno() in ready:
                deadline = self._hear(tree, deadline)
            if deadline is not None and time.monotonic() >= deadline:
                return False
            if memory and anonymous_memory(descendants(children(os.getpid()))) > memory:
                return True

    @staticmethod
    def _patience(memory: int, deadline: float | None) -> int | None:
        """Milliseconds until something is to be looked at without being woken."""
        if deadline is not None:
            return max(0, min(MEMORY_CHECK_MS, int((deadline - time.monotonic()) * 1000) + 1))
        return MEMORY_CHECK_MS if memory else None

    def _hear(self, tree: Tree, deadline: float | None) -> float:
        request = receive(self.channel)
        if request is None:
            die(tree)
        asked = time.monotonic() + request[0][1]
        if deadline is None and request[0][1] > 0:
            for pid in descendants(children(os.getpid())):
                send_signal(pid, signal.SIGTERM)
                send_signal(pid, signal.SIGCONT)
        return asked if deadline is None else min(asked, deadline)

    def _kernel_killed(self, tree: Tree) -> bool:
        status = tree.status or 0
        killed = os.WTERMSIG(status) == signal.SIGKILL or os.WEXITSTATUS(status) == 128 + signal.SIGKILL
        if not killed:
            return False
        before, self.kernel_kills = self.kernel_kills, kernel_kills()
        return self.kernel_kills > before

    def _report(self, *report: str | float | bool | None) -> None:
        try:
            self.channel.send(marshal.dumps(report))
        except ConnectionError:
            os._exit(0)


def die(tree: Tree | None = None) -> NoReturn:
    """The worker or the guardian is dead: so shall be all that runs here."""
    (tree or Tree(0)).kill()
    os._exit(1)
