"""`plynx config check` names each server that is unreachable or misconfigured, and shows no password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PLYNX = Path(sys.executable).with_name("plynx")


def checked(home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PLYNX_")}
    environment = {**own, **variables, "PLYNX_HOME": str(home)}
    return subprocess.run([PLYNX, "config", "check"], env=environment, capture_output=True, text=True, check=False)


def test_servers_that_answer_are_said_to(tmp_path: Path, amqp_url: str, mongodb_url: str, s3_url: str) -> None:
    urls = {"PLYNX_BUS_URL": amqp_url, "PLYNX_DOCUMENTS_URL": mongodb_url, "PLYNX_OBJECTS_URL": s3_url}
    done = checked(tmp_path, **urls)
    assert done.returncode == 0, done.stdout + done.stderr
    for setting in urls:
        assert f"✓ {setting}" in done.stdout
    for url in (amqp_url, s3_url):
        password = url.partition("://")[2].partition("@")[0].partition(":")[2]
        assert f":{password}@" not in done.stdout


def test_each_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        PLYNX_BUS_URL="amqp://plynx:secret-word@127.0.0.1:1/plynx",
        PLYNX_DOCUMENTS_URL="mongodb://127.0.0.1:1/plynx?replicaSet=rs0",
        PLYNX_OBJECTS_URL="s3://key:secret-word@127.0.0.1:1/plynx?tls=false",
    )
    assert done.returncode == 2
    for setting in ("PLYNX_BUS_URL", "PLYNX_DOCUMENTS_URL", "PLYNX_OBJECTS_URL"):
        assert f"✗ {setting}" in done.stdout
    assert done.stdout.count("127.0.0.1:1") >= 6
    assert "secret-word" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
