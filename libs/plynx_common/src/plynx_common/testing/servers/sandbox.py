"""Where a throw-away server lives: a directory, free ports, and the promise that nothing of it outlives us."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from plynx_common.testing.servers import reaper

# Below the ports that Linux gives to clients (32768 and up): a client that knocks while its server is down could be
# given the very port it knocks at, connect to itself, and so keep the server from coming back.
PORTS = range(12000, 32000)
PLACE = "PLYNX_TEST_SERVERS_IN"
"""Environment variable: the directory in which those of all servers are made; by default that of temporary files."""
MEMORY = Path("/dev/shm")  # noqa: S108 (below it each server makes a private directory)
ROOM = 6 * 1024**3
_CHANCE = random.SystemRandom()  # Hypothesis seeds the global one: parallel sessions would be given the same ports


def memory_place() -> str:
    """Where syncing costs nothing, if there is room: tests are about kills of processes, not about power cuts."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return str(MEMORY) if has_room else ""


class Sandbox:
    """Removed by `close()`; without it, by the reaper when this process ends."""

    def __init__(self, name: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"plynx-{name}-", dir=os.environ.get(PLACE) or None))
        self._mark = uuid4().hex
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", reaper.__file__, self._mark, self.directory],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is not meant for it
        )

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the developer's own settings for such servers, and the mark that the reaper looks for."""
        path = f"{os.environ['PATH']}:/usr/sbin:/usr/bin"
        return {"PATH": path, "HOME": str(self.directory), "LANG": "C.UTF-8", reaper.MARK: self._mark}

    def run(self, *command: str | Path, **environment: str) -> str:
        """What a command printed that belongs to the server, after its end; raises with its words if it failed."""
        done = subprocess.run(
            command,
            env=self.environment | environment,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            words = " ".join(map(str, command))
            raise ServerFailed(f"`{words}` ended with exit code {done.returncode}:\n{done.stdout}")
        return done.stdout

    def close(self, *, keep_files: bool = False) -> None:
        reaper.kill_marked(self._mark)
        if not keep_files:
            shutil.rmtree(self.directory, ignore_errors=True)
        self._reaper.kill()
        self._reaper.communicate()


class ServerFailed(Exception):
    """A server, or a command of it, did not do what a test needs; says where the log is."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    while True:
        port = _CHANCE.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
