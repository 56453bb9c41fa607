"""S3 by Ceph's RADOS Gateway as Debian packages it: one monitor, one store in memory, one gateway.

It enforces signatures, expiry, content type, content length and `If-None-Match`, which no light alternative does.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path
from uuid import uuid4

from plynx_common.testing.servers.daemon import Daemon
from plynx_common.testing.servers.sandbox import accepts, free_port
from plynx_common.testing.servers.server import Server

KEY, SECRET, BUCKET = "plynx", "not-secret", "plynx"
PROGRAMS = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "monmaptool", "ceph-authtool")

# The monitor proposes at once, not each second: ready in 3 s instead of 13. The store takes the first free ports of its
# range. Without `rgw_gc`, what tests delete stays in memory for two hours.
SETTINGS = """\
[global]
fsid = {cluster}
mon_host = [v2:127.0.0.1:{v2}/0,v1:127.0.0.1:{v1}/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = {first}
ms_bind_port_max = {last}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = false
run_dir = {directory}/run
pid_file = {directory}/run/$name.pid
admin_socket = {directory}/run/$name.asok
log_file = {directory}/$name.log
mon_cluster_log_file = {directory}/cluster.log
crash_dir = {directory}/crash
mon_data = {directory}/mon
mon_data_avail_crit = 1
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
osd_data = {directory}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0

[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_thread_pool_size = 32
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 5
ms_mon_client_mode = crc
keyring = {directory}/gateway.keyring
"""


class CephS3(Server):
    """Kill, stop and freeze mean the gateway: the objects lie in the store's memory and outlive it."""

    title = "S3"
    variable = "PLYNX_TEST_S3_URL"
    remedy = "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self._monitor_ports = (free_port(), free_port())
        self._cluster = str(uuid4())
        self._configure()
        monitor = ["ceph-mon", "-f", "-i", "a"]
        self._monitor = Daemon(
            "ceph-mon", monitor, self.sandbox, partial(accepts, self._monitor_ports[0]), self._shared
        )
        store = ["ceph-osd", "-f", "-i", "0"]
        self._store = Daemon("ceph-osd", store, self.sandbox, self._store_is_up, self._shared)
        gateway = ["radosgw", "-f", "-n", "client.rgw"]
        self._gateway = Daemon("radosgw", gateway, self.sandbox, partial(accepts, self.port), self._shared)

    @classmethod
    def installed(cls) -> bool:
        return all(shutil.which(program) for program in PROGRAMS)

    @property
    def url(self) -> str:
        """Its bucket does not exist yet."""
        return f"s3://{KEY}:{SECRET}@127.0.0.1:{self.port}/{BUCKET}?tls=false"

    @property
    def daemons(self) -> tuple[Daemon, ...]:
        return (self._gateway,)

    def start(self) -> None:
        is_new = not self._data("mon").exists()
        if is_new:
            self._create_monitor()
        self._monitor.start()
        if is_new:
            self._create_store()
        self._store.start()
        self._gateway.start()
        if is_new:
            self._run(
                "radosgw-admin",
                "user",
                "create",
                f"--uid={KEY}",
                "--display-name=plynx",
                f"--access-key={KEY}",
                f"--secret={SECRET}",
            )

    def wipe(self) -> None:
        self._kill_all()
        for name in ("mon", "osd"):
            shutil.rmtree(self._data(name), ignore_errors=True)

    def close(self, *, keep_files: bool = False) -> None:
        self._kill_all()
        super().close(keep_files=keep_files)

    def _kill_all(self) -> None:
        for daemon in (self._gateway, self._store, self._monitor):
            daemon.kill()

    def _data(self, name: str) -> Path:
        return self.sandbox.directory / name

    def _run(self, *command: str | Path) -> str:
        return self.sandbox.run(*command, **self._shared)

    @property
    def _shared(self) -> dict[str, str]:
        return {"CEPH_ARGS": f"-c {self.sandbox.directory / 'ceph.conf'}"}

    def _create_monitor(self) -> None:
        map_file = self._data("monmap")
        address = "[v2:127.0.0.1:{},v1:127.0.0.1:{}]".format(*self._monitor_ports)
        self._run("monmaptool", "--create", "--clobber", "--fsid", self._cluster, "--addv", "a", address, map_file)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map_file)

    def _create_store(self) -> None:
        self._data("osd").mkdir()
        name = str(uuid4())
        self._run("ceph", "osd", "new", name)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)
        self._run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=here")
        keyring = self._data("gateway.keyring")
        self._run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "client.rgw")

    def _store_is_up(self) -> bool:
        return "1 up" in self._run("ceph", "osd", "stat")

    def _configure(self) -> None:
        for name in ("run", "crash"):
            self._data(name).mkdir()
        v2, v1 = self._monitor_ports
        first = free_port()
        text = SETTINGS.format(
            directory=self.sandbox.directory,
            cluster=self._cluster,
            port=self.port,
            v2=v2,
            v1=v1,
            first=first,
            last=first + 99,
        )
        if os.geteuid() == 0:  # else its programs become the user `ceph`, whom our directory does not let in
            text = text.replace("[global]\n", "[global]\nsetuser = root\nsetgroup = root\n")
        self._data("ceph.conf").write_text(text)
