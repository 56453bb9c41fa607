"""MongoDB as the wheel of the test group brings it (or the `mongod` on the PATH), as a replica set."""

from __future__ import annotations

import shutil
import sysconfig
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from plynx_common.testing.servers.daemon import Daemon
from plynx_common.testing.servers.sandbox import Sandbox, accepts, free_port
from plynx_common.testing.servers.server import Server

DATABASE = "plynx"
REPLICA_SET = "rs0"
WHEEL = Path(sysconfig.get_path("purelib"), "fiftyone", "db", "bin", "mongod")


class Member(Daemon):
    """One `mongod`; `start()` after `kill()` brings it back into the set."""

    def __init__(self, number: int, sandbox: Sandbox) -> None:
        self.port = free_port()
        self.storage = sandbox.directory / f"mongod{number}"
        super().__init__(self.storage.name, self._command(), sandbox, partial(accepts, self.port))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def launch(self) -> None:
        self.storage.mkdir(exist_ok=True)
        super().launch()

    def connect(self) -> pymongo.MongoClient[dict[str, Any]]:
        """To this member alone, whatever its role."""
        return pymongo.MongoClient(self.address, directConnection=True, serverSelectionTimeoutMS=2000)

    def leads(self) -> bool:
        """Whether it takes writes; False also while it does not answer."""
        if not self.running:
            return False
        try:
            with self.connect() as client:
                return bool(client.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False

    def _command(self) -> list[str | Path]:
        return [
            WHEEL if WHEEL.exists() else "mongod",
            *("--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket"),
            *("--dbpath", self.storage, "--replSet", REPLICA_SET, "--wiredTigerCacheSizeGB", "0.25", "--quiet"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]


class MongoDB(Server):
    """One member, or three that elect a new primary 2 or 3 s after theirs was killed."""

    title = "MongoDB"
    variable = "PLYNX_TEST_MONGODB_URL"
    remedy = "make setup (x86_64 Linux: it brings mongod as a wheel), or have mongod on the PATH"

    def __init__(self, *, members: int = 1) -> None:
        super().__init__()
        self.members = [Member(number, self.sandbox) for number in range(members)]

    @classmethod
    def installed(cls) -> bool:
        return WHEEL.exists() or shutil.which("mongod") is not None

    @property
    def url(self) -> str:
        addresses = ",".join(member.address for member in self.members)
        return f"mongodb://{addresses}/{DATABASE}?replicaSet={REPLICA_SET}"

    @property
    def daemons(self) -> list[Member]:
        return self.members

    def start(self) -> None:
        """There is a primary at the end."""
        is_new = not any(member.storage.exists() for member in self.members)
        for member in self.members:
            member.launch()
        for member in self.members:
            member.start()
        if is_new:
            self._initiate()
        self.primary()

    def wipe(self) -> None:
        self.kill()
        for member in self.members:
            shutil.rmtree(member.storage, ignore_errors=True)

    def primary(self) -> Member:
        """Waits for the election to end, where there is one."""
        living = next(member for member in self.members if member.running)
        return living.wait_until(self._find_primary, "see a primary")

    def _find_primary(self) -> Member | None:
        return next((member for member in self.members if member.leads()), None)

    def _initiate(self) -> None:
        members = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
        settings = {"electionTimeoutMillis": 2000}
        with self.members[0].connect() as client:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members, "settings": settings})
