"""What all throw-away servers can do to and for a test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

from plynx_common.testing.servers.daemon import Daemon
from plynx_common.testing.servers.sandbox import Sandbox, ServerFailed


@dataclass(frozen=True)
class Address:
    url: str
    management: str = ""
    """Of RabbitMQ's management API."""


class ServerMissing(Exception):
    """This machine has none; says what to do about it."""


class Server(ABC):
    """`with RabbitMQ() as broker:` is started inside, and gone without a trace afterwards.

    Every method blocks, some for seconds: an async test calls `await asyncio.to_thread(broker.start)`.
    """

    title: ClassVar[str]
    variable: ClassVar[str]
    """Of the environment: the URL of another server, to take instead."""
    remedy: ClassVar[str]
    """What to do on a machine that lacks its programs."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(self.title.lower())

    @classmethod
    @abstractmethod
    def installed(cls) -> bool: ...

    @classmethod
    def require(cls) -> None:
        if not cls.installed():
            raise ServerMissing(f"no {cls.title} here; set {cls.variable}, or start a Docker engine, or: {cls.remedy}")

    @property
    @abstractmethod
    def url(self) -> str:
        """As the platform's settings take it; the same after every restart."""

    @property
    def address(self) -> Address:
        return Address(self.url)

    @property
    @abstractmethod
    def daemons(self) -> Sequence[Daemon]:
        """Those that `kill`, `stop`, `suspend` and `resume` are about."""

    @abstractmethod
    def start(self) -> None:
        """Ready at the end; on the data of before, unless it was wiped."""

    @abstractmethod
    def wipe(self) -> None:
        """Kills it and removes its data; the next start begins anew, on the same ports."""

    def stop(self) -> None:
        """SIGTERM, and its end awaited."""
        for daemon in self.daemons:
            daemon.stop()

    def kill(self) -> None:
        for daemon in self.daemons:
            daemon.kill()

    def suspend(self) -> None:
        for daemon in self.daemons:
            daemon.suspend()

    def resume(self) -> None:
        for daemon in self.daemons:
            daemon.resume()

    def close(self, *, keep_files: bool = False) -> None:
        """No process is left, and no file unless they are to be read."""
        self.kill()
        self.sandbox.close(keep_files=keep_files)

    def __enter__(self) -> Self:
        try:
            self.require()
            self.start()
        except BaseException as error:
            self.close(keep_files=isinstance(error, ServerFailed))
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
