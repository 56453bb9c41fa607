"""One service as a process: started, awaited, drained, killed, frozen; its words in a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

READY_SECONDS = 60
DRAIN_SECONDS = 60
"""As `stop_grace_period` of docker-compose.yml."""


class ServiceFailed(Exception):
    """It ended, or did not get ready or end in time; says what it said last."""


class ServiceProcess:
    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.environment = dict(environment)
        """Changes count from the next start on."""
        self.log = log
        """All that it has said, over all its starts."""
        program, *arguments = command
        self.command = (sys.executable if program == "python" else program, *arguments)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServiceFailed(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Frozen counts as running."""
        return self._process is not None and self._process.poll() is None

    @property
    def home(self) -> Path:
        return Path(self.environment["PLYNX_HOME"])

    @property
    def probe_port(self) -> int:
        return next(int(value) for name, value in self.environment.items() if name.endswith("_PROBE_PORT"))

    def start(self, *, wait: bool = True) -> None:
        """Ready at the end, unless that is not waited for; does nothing where it runs."""
        if not self.running:
            self.home.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    cwd=self.home,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is meant for who started us all: it drains us in order
                )
        if wait:
            self.wait_ready()

    def wait_ready(self, within: float = READY_SECONDS) -> None:
        """Raises `ServiceFailed`."""
        deadline = time.monotonic() + within
        while problem := self.problem():
            if not self.running:
                raise ServiceFailed(f"{self.name} ended before it was ready: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{self.name} was not ready within {within:g} s ({problem}): {self._last_words()}")
            time.sleep(0.05)

    def problem(self) -> str:
        """What `/readyz` says is wrong; empty when it is ready."""
        connection = HTTPConnection("127.0.0.1", self.probe_port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            return f"/readyz does not answer: {error}"
        finally:
            connection.close()
        return "" if answer.status == 200 else json.dumps(json.loads(content)["problems"])

    def signal(self, number: signal.Signals) -> None:
        """To itself alone: what it has started is its own business."""
        if self.running:
            os.kill(self.pid, number)

    def terminate(self, within: float = DRAIN_SECONDS) -> int:
        """SIGTERM, the drain awaited; the exit code."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        return self._wait(within)

    def kill(self) -> None:
        """SIGKILL, the end awaited."""
        self.signal(signal.SIGKILL)
        self._wait(DRAIN_SECONDS)

    def suspend(self) -> None:
        """Frozen until `resume()`: connections stay open, nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def _wait(self, within: float) -> int:
        """The exit code; 0 where it was never started."""
        if self._process is None:
            return 0
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise ServiceFailed(f"{self.name} did not end within {within:g} s: {self._last_words()}") from None

    def _last_words(self) -> str:
        said = self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""
        return f"\n{said}\n(from {self.log})"
