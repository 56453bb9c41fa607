"""RabbitMQ as Debian packages it, as a private node with an epmd of its own.

A quorum queue younger than about a second does not survive `kill()`: it comes back without a leader, its messages are
gone and `basic.get` hangs. Crash tests declare their queues 3 s before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from plynx_common.testing.servers.daemon import Daemon
from plynx_common.testing.servers.rabbitmq_management import Management
from plynx_common.testing.servers.sandbox import accepts, free_port
from plynx_common.testing.servers.server import Address, Server

SCRIPTS = Path("/usr/lib/rabbitmq/bin")
USER, PASSWORD, VHOST = "plynx", "not-secret", "plynx"
COOKIE = "-setcookie plynx"


class RabbitMQ(Server):
    """User and vhost come from a definitions file, so they are back after `wipe()` and `start()`."""

    title = "RabbitMQ"
    variable = "PLYNX_TEST_AMQP_URL"
    remedy = "apt-get install --no-install-recommends rabbitmq-server"

    def __init__(self, *, consumer_timeout: timedelta | None = None, memory: str = "512MB") -> None:
        """`consumer_timeout`: how long a delivery may stay unacknowledged (30 min by itself), looked at each second."""
        super().__init__()
        self.port, self.management_port = free_port(), free_port()
        self._epmd_port, self._dist_port = free_port(), free_port()
        self._memory = memory
        self._configure(consumer_timeout)
        self.management = Management(self.address.management)
        environment = self._environment()
        epmd = ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)]
        self._epmd = Daemon("epmd", epmd, self.sandbox, partial(accepts, self._epmd_port), environment)
        self._node = Daemon("rabbitmq", [SCRIPTS / "rabbitmq-server"], self.sandbox, self._ready, environment)

    @classmethod
    def installed(cls) -> bool:
        return (SCRIPTS / "rabbitmq-server").exists()

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{VHOST}"

    @property
    def address(self) -> Address:
        return Address(self.url, f"http://{USER}:{PASSWORD}@127.0.0.1:{self.management_port}")

    @property
    def daemons(self) -> tuple[Daemon, ...]:
        return (self._node,)

    def start(self) -> None:
        self._epmd.start()
        self._node.start()

    def wipe(self) -> None:
        self.kill()
        for name in ("mnesia", "feature_flags"):
            path = self.sandbox.directory / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def raise_memory_alarm(self) -> None:
        """The node blocks every connection that publishes, until `clear_memory_alarm()`."""
        self.control("set_vm_memory_high_watermark", "absolute", "1MB")

    def clear_memory_alarm(self) -> None:
        self.control("set_vm_memory_high_watermark", "absolute", self._memory)

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` prints; takes a second or two."""
        return self.sandbox.run(SCRIPTS / "rabbitmqctl", *arguments, **self._environment())

    def close(self, *, keep_files: bool = False) -> None:
        self._epmd.kill()
        super().close(keep_files=keep_files)

    def _ready(self) -> bool:
        return accepts(self.port) and self.management.has_vhost(VHOST)

    def _configure(self, consumer_timeout: timedelta | None) -> None:
        directory = self.sandbox.directory
        settings = {
            "loopback_users": "none",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": str(self.management_port),
            "vm_memory_high_watermark.absolute": self._memory,
            "disk_free_limit.absolute": "50MB",
            "raft.wal_max_size_bytes": "32000000",
            "load_definitions": str(directory / "definitions.json"),
        }
        advanced = "[]."
        if consumer_timeout:
            settings["consumer_timeout"] = str(round(consumer_timeout.total_seconds() * 1000))
            advanced = "[{rabbit, [{channel_tick_interval, 1000}]}]."
        (directory / "rabbitmq.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        (directory / "advanced.config").write_text(advanced)
        (directory / "definitions.json").write_text(json.dumps(_definitions()))
        (directory / "enabled_plugins").write_text("[rabbitmq_management].")

    def _environment(self) -> dict[str, str]:
        directory = self.sandbox.directory
        return {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": "plynx@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_LOGS": "-",  # to standard output, as all our daemons' words
            "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(directory / "none.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(directory / "feature_flags"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {COOKIE}",
            "RABBITMQ_CTL_ERL_ARGS": COOKIE,
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node, so that what we kill is the node
        }


def _definitions() -> dict[str, object]:
    salt = b"salt"
    digest = base64.b64encode(salt + hashlib.sha256(salt + PASSWORD.encode()).digest()).decode()
    user = {"name": USER, "password_hash": digest, "hashing_algorithm": "rabbit_password_hashing_sha256"}
    rights = {"user": USER, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [user | {"tags": ["administrator"], "limits": {}}],
        "vhosts": [{"name": VHOST}],
        "permissions": [rights],
    }
