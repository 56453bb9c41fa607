"""`plynx up` as a process of its own, on a fresh state directory and free ports: what a user has on their machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from plynx.connection import Profile
from plynx_common.testing.eventually import eventually
from tests.benchmarks.embedded import environment
from tests.e2e import processes
from tests.e2e.client import Client

PLYNX = Path(sys.executable).with_name("plynx")
UP_WITHIN = 20.0
DOWN_WITHIN = 30.0
COMMAND_WITHIN = 60.0


class Platform:
    def __init__(self, home: Path, **settings: str) -> None:
        """`settings`: environment variables of the platform, beside its home and ports."""
        self.home = home
        self.environment = {**environment(home), **settings}
        self.url = f"http://127.0.0.1:{self.environment['PLYNX_API_PORT']}"
        self._log = home.with_name(f"{home.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[Client] = []

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
        """As the first start left it for clients on this machine."""
        return str(json.loads((self.home / "client.json").read_text(encoding="utf-8"))["token"])

    @property
    def log(self) -> str:
        """All that it has said on both streams, over all its starts."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def client(self, token: str | None = None) -> Client:
        client = Client(Profile(self.url, token or self.token))
        self._clients.append(client)
        return client

    def cli(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`plynx …` as a user on this machine calls it, who is told of the platform by two variables."""
        return subprocess.run(
            [PLYNX, *arguments],
            env=self.shell_environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN,
            check=False,
        )

    def shell_environment(self, **variables: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PLYNX_")}
        where = {} if "PLYNX_HOME" in variables else {"PLYNX_URL": self.url, "PLYNX_TOKEN": self.token}
        return {**own, **where, "NO_COLOR": "1", **variables}

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill9(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        for client in self._clients:
            client.close()
        self._clients.clear()
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
