"""Small file systems that fill up; they take root, and a kernel that lets us mount."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHUNK = b"\0" * 65_536


@contextmanager
def small_disk(path: Path, megabytes: int) -> Generator[Path]:
    """A tmpfs at this directory; a test that cannot have one is skipped, and says so."""
    path.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "plynx-test", path]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"full disks are NOT tested here: this needs the right to mount a tmpfs ({done.stderr.strip()})")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


@contextmanager
def filled(disk: Path) -> Generator[None]:
    """To the last byte, by somebody else's file."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(CHUNK) == len(CHUNK):
                pass
            while file.write(b"\0"):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()
