"""One process of a throw-away server: started, awaited, ended, killed, frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from plynx_common.testing.servers.sandbox import Sandbox, ServerFailed

T = TypeVar("T")

READY_SECONDS = 60
STOP_SECONDS = 60
LINES_SHOWN, WIDTH_SHOWN = 40, 300


class Daemon:
    """A program that stays in the foreground, with a log file that starts anew with the sandbox only."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        sandbox: Sandbox,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = sandbox.directory / f"{name}.log"
        self._command = command
        self._sandbox = sandbox
        self._ready = ready
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed(f"{self.name} is not running: start it first")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Frozen counts as running."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Does not wait until it is ready."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._sandbox.environment | self._environment,
                cwd=self._sandbox.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group to signal, and Ctrl-C is not meant for it
            )

    def start(self) -> None:
        """Ready at the end."""
        self.launch()
        self.wait_until(self._ready)

    def wait_until(self, probe: Callable[[], T | None], story: str = "start") -> T:
        """The first truthy answer of the probe."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running:
            if answer := probe():
                return answer
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not {story} within {READY_SECONDS} s, {self._last_words()}")
            time.sleep(0.05)
        raise ServerFailed(f"{self.name} ended before it did {story}, {self._last_words()}")

    def stop(self) -> None:
        """SIGTERM, and the end of it awaited."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def suspend(self) -> None:
        """Frozen until `resume()`: connections stay open, nothing answers."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self.running and how == signal.SIGKILL:
            os.killpg(self.pid, how)
        elif self.running:
            os.kill(self.pid, how)  # not its children: it ends them itself, in order
            self.resume()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise ServerFailed(
                f"{self.name} did not end within {STOP_SECONDS} s of {how.name}, {self._last_words()}"
            ) from None
        self._process = None

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n  ".join([f"its log: {self.log}", *(line[:WIDTH_SHOWN] for line in lines[-LINES_SHOWN:])])
