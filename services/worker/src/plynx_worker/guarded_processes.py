"""Real processes, started and watched by the guardian: the worker itself never forks."""

from __future__ import annotations

import asyncio
import errno
import marshal
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

from plynx_common.domain.errors import Misconfigured
from plynx_worker.guardian import PROGRAM
from plynx_worker.leftovers import MARK
from plynx_worker.processes import Exit, Launch, OnOutput, Stream

PACKAGES = str(Path(__file__).parents[1])
READ_BYTES = 65_536
LARGE_LAUNCH = 65_536
"""Bytes above which a launch goes as a memory file: a socket takes only so much at once."""
LISTEN_AFTER = 0.004
"""Seconds until a script's pipes are watched: most scripts are over by then, and are read once at their end."""
LAUNCHES_PER_INIT = 1000
"""An init is retired then: the CPU limit of its scripts is its own as well."""
DEFAULT_LIMITS = {"core": 0}

Limits = tuple[tuple[int, int], ...]


class GuardedProcesses:
    """A `ProcessRunner`. `mark` names the worker's state directory in every process's environment (see leftovers)."""

    def __init__(self, mark: str, *, idle: int = 16) -> None:
        if sys.platform != "linux":
            raise Misconfigured(
                f"a worker needs Linux to keep scripts killable, this is '{sys.platform}': run it in a container"
            )
        self._mark = mark
        self._most_idle = idle
        self._idle: list[_Init] = []
        self._all: set[_Init] = set()
        self._guardian: _Guardian | None = None
        self._programs: dict[tuple[str, str], str] = {}

    async def __aenter__(self) -> Self:
        self._ensure_guardian()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kills what still runs."""
        for init in list(self._all):
            init.close("the worker stops")
        self._idle.clear()
        if self._guardian is not None:
            await self._guardian.close()

    async def start(self, launch: Launch) -> GuardedProcess:
        init = self._take(_limits(launch.limits))
        env = dict(launch.env)
        env[MARK] = self._mark
        argv = (self._program(launch.argv[0], env.get("PATH", os.defpath)), *launch.argv[1:])
        process = GuardedProcess(init, launch)
        init.spawn(process, ("spawn", argv, env, launch.cwd, launch.memory))
        return process

    def _program(self, name: str, path: str) -> str:
        if "/" in name:
            return name
        found = self._programs.get((name, path))
        if found is None:
            found = self._programs[name, path] = shutil.which(name, path=path) or name
        return found

    def _take(self, limits: Limits) -> _Init:
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index].limits == limits:
                return self._idle.pop(index)
        init = _Init(limits, on_idle=self._put_back, on_end=self._forget)
        self._all.add(init)
        self._ensure_guardian().fork_init(limits, init.far_end)
        return init

    def _put_back(self, init: _Init) -> None:
        self._idle.append(init)
        if len(self._idle) > self._most_idle:
            self._idle.pop(0).close("too many idle")

    def _forget(self, init: _Init) -> None:
        self._all.discard(init)
        if init in self._idle:
            self._idle.remove(init)

    def _ensure_guardian(self) -> _Guardian:
        if self._guardian is not None and self._guardian.is_gone:
            self._guardian.let_go()
            self._guardian = None
        if self._guardian is None:
            self._guardian = _Guardian(self._mark)
        return self._guardian


class GuardedProcess:
    """One script. Its output is read when there is some, and once more at its end."""

    def __init__(self, init: _Init, launch: Launch) -> None:
        self._init = init
        self._label = launch.label
        self._exit: Exit | None = None
        self._waiters: list[asyncio.Future[Exit]] = []
        self._terminating = float("inf")
        self.stdout = _Output("stdout", launch.on_output)
        self.stderr = _Output("stderr", launch.on_output)
        loop = asyncio.get_running_loop()
        self._listening = loop.call_later(LISTEN_AFTER, self._listen)

    async def wait(self) -> Exit:
        if self._exit is not None:
            return self._exit
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return await waiter

    def terminate(self, grace: float) -> None:
        if self._exit is None and grace < self._terminating:
            self._terminating = grace
            self._init.send(("end", float(grace)))

    def _listen(self) -> None:
        self.stdout.listen()
        self.stderr.listen()

    def ended(self, outcome: Exit) -> None:
        self._listening.cancel()
        self.stdout.drain()
        self.stderr.drain()
        self._exit = outcome
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(outcome)

    def failed(self, problem: str) -> None:
        self.ended(Exit(problem=f"'{self._label}': {problem}"))


class _Output:
    """The reading end of a pipe."""

    def __init__(self, stream: Stream, on_output: OnOutput) -> None:
        self._stream: Stream = stream
        self._on_output = on_output
        self._receiver, self.sender = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._receiver, False)
        self._loop: asyncio.AbstractEventLoop | None = None

    def hand_over(self) -> None:
        """The script has its end now."""
        os.close(self.sender)

    def listen(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._receiver, self._read)

    def drain(self) -> None:
        """To the end; or, where something outside the tree holds the pipe open, as far as there is something."""
        if self._receiver >= 0:
            while self._read():
                pass
            self._close()

    def _read(self) -> bool:
        try:
            content = os.read(self._receiver, READ_BYTES)
        except BlockingIOError:
            return False
        if not content:
            self._close()
            return False
        self._on_output(self._stream, content)
        return True

    def _close(self) -> None:
        if self._receiver >= 0:
            if self._loop is not None:
                self._loop.remove_reader(self._receiver)
            os.close(self._receiver)
            self._receiver = -1


class _Init:
    """This side of an attempt init, which runs one script at a time."""

    def __init__(self, limits: Limits, *, on_idle: Callable[[_Init], None], on_end: Callable[[_Init], None]) -> None:
        self.limits = limits
        self._on_idle = on_idle
        self._on_end = on_end
        self._launches = 0
        self._process: GuardedProcess | None = None
        self._channel, self.far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._channel.fileno(), self._hear)

    def spawn(self, process: GuardedProcess, request: tuple[Any, ...]) -> None:
        self._process = process
        self._launches += 1
        descriptors = [process.stdout.sender, process.stderr.sender]
        body = marshal.dumps(request)
        if len(body) > LARGE_LAUNCH:
            descriptors.append(_memory_file(body))
            body = marshal.dumps(("spawn",))
        self.send(body, descriptors)
        process.stdout.hand_over()
        process.stderr.hand_over()
        if len(descriptors) > 2:
            os.close(descriptors[2])

    def send(self, request: tuple[Any, ...] | bytes, descriptors: list[int] | None = None) -> None:
        body = request if isinstance(request, bytes) else marshal.dumps(request)
        try:
            if descriptors:
                socket.send_fds(self._channel, [body], descriptors)
            else:
                self._channel.send(body)
        except OSError as error:
            # Its end kills what it runs; the script must not go on unheard.
            self._loop.call_soon(self.close, f"its init does not listen: {error}")

    def _hear(self) -> None:
        try:
            body = self._channel.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            body = b""
        if not body:
            self.close("its guardian was killed, and the script with it")
            return
        report = marshal.loads(body)
        process, self._process = self._process, None
        if process is None:
            return
        reusable = self._launches < LAUNCHES_PER_INIT
        if report[0] == "failed":
            process.failed(f"cannot start the script: {report[1]}")
        else:
            process.ended(_exit(*report[1:4], out_of_memory=report[4]))
            reusable = reusable and bool(report[5])
        if reusable:
            self._on_idle(self)
        else:
            self.close("retired")

    def close(self, reason: str) -> None:
        """Whatever runs in it is killed."""
        if self._channel.fileno() < 0:
            return
        self._loop.remove_reader(self._channel.fileno())
        self._channel.close()
        self._on_end(self)
        process, self._process = self._process, None
        if process is not None:
            process.failed(reason)


class _Guardian:
    """This side of the guardian process."""

    def __init__(self, mark: str) -> None:
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far_end:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-I", "-c", PROGRAM, str(far_end.fileno()), PACKAGES],
                pass_fds=[far_end.fileno()],
                stdin=subprocess.DEVNULL,
                env={MARK: mark},
                cwd="/",
                start_new_session=True,
            )

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    def fork_init(self, limits: Limits, channel: socket.socket) -> None:
        """A guardian that is gone closes the channel, which its init hears."""
        with channel:
            try:
                socket.send_fds(self._control, [marshal.dumps(limits)], [channel.fileno()])
            except OSError as error:
                if error.errno not in {errno.EPIPE, errno.ECONNRESET}:
                    raise

    def let_go(self) -> None:
        self._control.close()

    async def close(self) -> None:
        self.let_go()
        await asyncio.to_thread(self._process.wait)


def _limits(asked: Mapping[str, int]) -> Limits:
    return _resource_numbers(tuple(sorted({**DEFAULT_LIMITS, **asked}.items())))


@cache
def _resource_numbers(limits: tuple[tuple[str, int], ...]) -> Limits:
    """Raises `Misconfigured` for a resource this system does not know."""
    try:
        return tuple((getattr(resource, f"RLIMIT_{name.upper()}"), value) for name, value in limits)
    except AttributeError as error:
        raise Misconfigured(f"limits {dict(limits)} name an unknown resource: {error}") from error


def _exit(status: int | None, cpu: float, peak_kib: int, *, out_of_memory: bool) -> Exit:
    code = None if status is None else os.waitstatus_to_exitcode(status)
    return Exit(
        code=code if code is None or code >= 0 else None,
        signal=-code if code is not None and code < 0 else None,
        cpu_seconds=cpu,
        peak_memory=peak_kib * 1024,
        out_of_memory=out_of_memory,
        problem="" if status is not None else "the script cannot be killed",
    )


def _memory_file(body: bytes) -> int:
    descriptor = os.memfd_create("launch")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(body)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
