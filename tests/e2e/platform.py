"""`plynx up` as a process of its own, on a fresh state directory and free ports: what a user has on their machine."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from plynx_common.testing.eventually import eventually
from tests.benchmarks.embedded import environment
from tests.e2e import processes
from tests.e2e.reachable import PLYNX, Reachable

UP_WITHIN = 60.0
"""Three seconds of CPU, on a machine that may have four others at work."""
DOWN_WITHIN = 30.0


class Platform(Reachable):
    def __init__(self, home: Path, **settings: str) -> None:
        """`settings`: environment variables of the platform, beside its home and ports."""
        super().__init__()
        self.home = home
        self.environment = {**environment(home), **settings}
        self.url = f"http://127.0.0.1:{self.environment['PLYNX_API_PORT']}"
        self._log = home.with_name(f"{home.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = self._spawned()
        await eventually(self._is_ready, within=UP_WITHIN, story="`plynx up` gets ready")

    def _spawned(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [PLYNX, "up"], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"`plynx up` ended instead of starting:\n{self.log[-4000:]}")
        try:
            is_ready = httpx.get(f"{self.url}/readyz").status_code == 200
            return is_ready and (self.home / "client.json").exists()
        except httpx.TransportError as error:
            raise AssertionError(f"{error}; its log:\n{self.log[-2000:]}") from error

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the platform was not started")
        return self._process.pid

    @property
    def token(self) -> str:
        return str(json.loads((self.home / "client.json").read_text(encoding="utf-8"))["token"])

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill9(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        self.close_clients()
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(DOWN_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the platform did not stop within {DOWN_WITHIN} s:\n{self.log[-3000:]}") from None

    async def is_gone(self, within: float = 2.0) -> None:
        """Nothing is left of it: neither the process, nor its helpers, nor a script."""

        def nothing_left() -> bool:
            left = processes.of_home(self.home)
            assert not left, f"still alive: {left}"
            return True

        await eventually(nothing_left, within=within, story="all processes of the platform end")


@asynccontextmanager
async def running_platform(home: Path, **settings: str) -> AsyncGenerator[Platform]:
    """Stopped when left, whatever became of it meanwhile."""
    platform = Platform(home, **settings)
    try:
        await platform.start()
        yield platform
    finally:
        platform.stop()
        await platform.is_gone()
