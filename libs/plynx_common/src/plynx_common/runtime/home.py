"""The state directory of this machine: private, locked by one platform at a time, keeper of the signing secret."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from plynx_common.domain.errors import Misconfigured
from plynx_common.runtime.settings import PlatformSettings

SECRET_FILE = "secret.key"  # noqa: S105 (a file name)
LOCK_FILE = "plynx.lock"

_locks: set[int] = set()


def make_private_directory(path: Path) -> Path:
    """Makes it (mode 0700) where it is missing; raises `Misconfigured` in words."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(_disk_words(f"cannot make the directory '{path}'", error)) from error
    return path


def signing_secret(settings: PlatformSettings) -> bytes:
    """From the setting, else from the state directory, where the first start leaves a fresh one (mode 0600)."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    path = make_private_directory(settings.home) / SECRET_FILE
    try:
        if not path.exists():
            _keep_new_secret(path)
        return _read_secret(path)
    except OSError as error:
        raise Misconfigured(_disk_words(f"cannot read or write '{path}'", error)) from error


def _keep_new_secret(path: Path) -> None:
    """Written whole or not at all; of two first starts at once the second takes over what the first has made."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _read_secret(path: Path) -> bytes:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Misconfigured(f"'{path}' can be read by others (mode {mode:04o}): run chmod 600 '{path}'")
    secret = path.read_bytes().strip()
    if len(secret) < 32:
        raise Misconfigured(
            f"'{path}' holds {len(secret)} characters, expected at least 32: remove it to get a new one"
        )
    return secret


@contextmanager
def locked(directory: Path) -> Generator[None]:
    """Of this process alone while inside; raises `Misconfigured` that names the process which has it."""
    path = make_private_directory(directory) / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(_disk_words(f"cannot open the lock '{path}'", error)) from error
    try:
        _take(descriptor, path)
        _locks.add(descriptor)
        yield
    finally:
        _locks.discard(descriptor)
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise Misconfigured(
            f"another PLynx (pid {holder}) uses '{path.parent}': stop it, or set PLYNX_HOME to another directory"
        ) from error
    except OSError as error:
        raise Misconfigured(_disk_words(f"cannot lock '{path}'", error)) from error
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        raise Misconfigured(_disk_words(f"cannot write '{path}'", error)) from error


def _let_go_in_child() -> None:
    """A forked child shares the lock and would hold it beyond its parent's death."""
    for descriptor in _locks:
        os.close(descriptor)
    _locks.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


def _disk_words(what: str, error: OSError) -> str:
    return f"{what}: {error.strerror or error}; set PLYNX_HOME to a directory with room that this user may write"
