"""Checks that `plynx doctor` and `plynx config check` share: each says what is so, and what to do if it is not."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from plynx_common.domain.errors import PlynxError

ROOM = 1024**3
"""Bytes that should be free for artifacts, logs and working directories."""


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    is_good: bool
    says: str
    remedy: str = ""


def python_version() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, "PLynx needs Python 3.11 or newer")


def program(name: str, why: str) -> Finding:
    path = shutil.which(name)
    return Finding(name, path is not None, path or "not found", f"install it: {why}")


def linux() -> Finding:
    return Finding("system", sys.platform == "linux", sys.platform, "workers run on Linux")


def writable(directory: Path) -> Finding:
    """The directory, or the nearest parent that exists, can be written."""
    nearest = next(parent for parent in (directory, *directory.parents) if parent.exists())
    is_writable = os.access(nearest, os.W_OK | os.X_OK)
    says = str(directory) if nearest == directory else f"{directory} (will be made)"
    return Finding("state directory", is_writable, says, f"'{nearest}' cannot be written: set PLYNX_HOME elsewhere")


def room(directory: Path) -> Finding:
    nearest = next(parent for parent in (directory, *directory.parents) if parent.exists())
    free = shutil.disk_usage(nearest).free
    return Finding(
        "disk", free >= ROOM, f"{free / 1024**3:.1f} GiB free", "free some space, or set PLYNX_HOME elsewhere"
    )


def port_is_free(name: str, host: str, port: int, setting: str) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"{error.strerror}: a platform may be running already, else set {setting}"
            return Finding(name, is_good=False, says=f"{host}:{port}", remedy=remedy)
    return Finding(name, is_good=True, says=f"{host}:{port} is free")


def attempt(name: str, check: Callable[[], Finding | Iterable[Finding]]) -> list[Finding]:
    """What a check that cannot even be made says."""
    try:
        found = check()
    except PlynxError as error:
        return [Finding(name, is_good=False, says=error.message)]
    return [found] if isinstance(found, Finding) else list(found)


def tell(findings: Iterable[Finding]) -> int:
    """Prints them; the exit code."""
    is_good = True
    for finding in findings:
        is_good = is_good and finding.is_good
        mark = "✓" if finding.is_good else "✗"
        remedy = "" if finding.is_good or not finding.remedy else f"  → {finding.remedy}"
        sys.stdout.write(f"{mark} {finding.name:<18} {finding.says}{remedy}\n")
    return 0 if is_good else 2
