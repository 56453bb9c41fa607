"""A platform as its users reach it: by REST and by the `plynx` command; how it runs is another file's business."""

from __future__ import annotations

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from plynx.connection import Profile
from tests.e2e.client import Client

PLYNX = Path(sys.executable).with_name("plynx")
COMMAND_WITHIN = 60.0


class Reachable(ABC):
    home: Path
    """Holds the state directories of all its workers."""
    url: str
    """Of the API."""

    def __init__(self) -> None:
        self._clients: list[Client] = []

    @property
    @abstractmethod
    def token(self) -> str:
        """As the first start left it for clients on this machine."""

    @property
    @abstractmethod
    def log(self) -> str:
        """All that it has said on both streams, over all its starts."""

    def client(self, token: str | None = None) -> Client:
        client = Client(Profile(self.url, token or self.token))
        self._clients.append(client)
        return client

    def close_clients(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()

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
