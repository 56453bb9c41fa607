"""The guardian: a small process that keeps every script's tree killable, and kills them all when its worker dies.

    worker ──control socket──> guardian                        (one each)
       │                          └─ fork ─> attempt init       (one per slot, used again for script after script)
       └──────socket per init───────────────────┘ └─ spawn ─> script and whatever it starts

Runs as `python -S -E -I guardian.py <control fd>` and imports nothing but the standard library. The worker talks to an
init directly, so a script costs one message each way and the guardian itself sleeps. An init is a *subreaper*: whatever
of a script's tree loses its parent, however it detached itself, becomes the init's child; so "no child left" is proof
that nothing is left. An init is told of its worker's death by the end of its socket, of the guardian's by PDEATHSIG;
the guardian is a subreaper too, adopts the tree of an init that was killed, and kills it.
"""

from __future__ import annotations

import ctypes
import gc
import marshal
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

MESSAGE_BYTES = 131_072
"""More than any message: larger launches come as a memory file."""
MEMORY_CHECK_MS = 250
GIVE_UP_AFTER = 20.0
"""Seconds of KILL without effect (a process stuck in the kernel) until a script is reported ended nevertheless."""
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""They are meant for the worker, which decides what becomes of its scripts; the terminal sends them to everybody."""
RESTORED = (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ)
"""What Python and we ignore, a script must not inherit as ignored."""

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int | bytes) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")


# --- the process tree below this process -------------------------------------------------------


def children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as listing:
                found.extend(map(int, listing.read().split()))
    except OSError:
        pass  # it is gone
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
    while new := [pid for pid in descendants(below) if pid not in seen]:
        seen.update(new)
        for pid in new:
            send_signal(pid, signal.SIGSTOP)
    for pid in seen:
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


# --- an attempt init ---------------------------------------------------------------------------


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


def guardian_died(_number: int, _frame: object) -> NoReturn:
    die()


# --- the guardian ------------------------------------------------------------------------------


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


if __name__ == "__main__":
    main()
