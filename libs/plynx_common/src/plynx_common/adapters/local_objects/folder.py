"""The folder itself: keys as paths, files that appear whole or not at all, and errors that name the remedy."""

# Paths are text here: making a Path costs as much as the system call.
# ruff: noqa: PTH103, PTH105, PTH108, PTH110, PTH112, PTH120, PTH123

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from plynx_common.adapters.object_keys import SEGMENT, checked_key
from plynx_common.domain.errors import InvalidInput, Misconfigured, NotFound, ObjectsUnavailable

INCOMING = ".incoming"
MULTIPART = ".multipart"
ABANDONED_AFTER = 24 * 3600.0
"""Seconds: what a crash or a vanished client left behind is removed at the next start."""

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Folder:
    """Blocking; who calls decides what is small enough for the event loop."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._names = count()
        # Two processes may share the folder, and a restarted one may get the same process id.
        self._own = f"{os.getpid()}-{time.time_ns()}"
        self._synced: set[str] = set()
        self._prefix = f"{self.root}/"
        try:
            for folder in (self.root, self.root / INCOMING, self.root / MULTIPART):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                f"the object folder '{self.root}' cannot be made ({error.strerror}): "
                "choose a folder that this user may write, in PLYNX_OBJECTS_URL (file:///…)"
            ) from error
        self._remove_abandoned()

    def path(self, key: str) -> str:
        """Raises `InvalidInput` for whatever could leave the folder."""
        return self._prefix + checked_key(key)

    def upload_path(self, upload: str) -> str:
        """The folder of a multipart upload; raises `InvalidInput`."""
        if not SEGMENT.fullmatch(upload):
            raise InvalidInput(
                f"multipart upload {upload[:100]!r} is not allowed: expected the id that its creation gave"
            )
        return f"{self._prefix}{MULTIPART}/{upload}"

    def new_temporary(self) -> str:
        return f"{self._prefix}{INCOMING}/{self._own}-{next(self._names)}"

    def place(self, temporary: str, target: str, sha256: str) -> bool:
        """Gives the temporary file its name, and says whether the name was free. The temporary one is gone afterwards.

        A taken name is the same bytes, or what a power cut left of a file that was never synced: that is replaced.
        """
        self._make_parent(target)
        if self._linked(temporary, target):
            os.unlink(temporary)
            return True
        if file_digest(target) == sha256:
            os.unlink(temporary)
            return False
        os.replace(temporary, target)
        return True

    def _linked(self, temporary: str, target: str) -> bool:
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without hard links: the small race does no harm, as both have the same digest.
            if os.path.exists(target):
                return False
            os.replace(temporary, target)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600))
        return True

    def replace(self, temporary: str, target: str) -> None:
        self._make_parent(target)
        os.replace(temporary, target)

    def with_folders(self, paths: Iterable[str]) -> list[str]:
        """The paths, and the folders whose entries make them found again after a power cut."""
        needed = dict.fromkeys(paths)
        for path in tuple(needed):
            folder = os.path.dirname(path)
            needed[folder] = None
            while folder not in self._synced and folder.startswith(self._prefix):
                # Perhaps made a moment ago: its own entry is synced once per process.
                folder = os.path.dirname(folder)
                needed[folder] = None
        return list(needed)

    def note_synced(self, paths: Iterable[str]) -> None:
        self._synced.update(path for path in paths if path not in self._synced and os.path.isdir(path))

    @contextmanager
    def explained(self, key: str) -> Generator[None]:
        """Turns what the operating system says into our errors."""
        try:
            yield
        except FileNotFoundError as error:
            raise NotFound(f"there is no object '{key}'") from error
        except OSError as error:
            raise ObjectsUnavailable(self._explanation(key, error)) from error

    def _explanation(self, key: str, error: OSError) -> str:
        if error.errno in _FULL:
            with suppress(OSError):
                free = shutil.disk_usage(self.root).free
                return (
                    f"the object folder '{self.root}' is full ({free} bytes free), '{key}' was not stored: free space "
                    "there, or move the folder to a larger disk and change PLYNX_OBJECTS_URL (file:///…)"
                )
        return (
            f"the object folder '{self.root}' failed for '{key}': {error.strerror}; check the disk and its permissions"
        )

    def _make_parent(self, target: str) -> None:
        parent = os.path.dirname(target)
        if not os.path.isdir(parent):
            os.makedirs(parent, mode=0o700, exist_ok=True)

    def _remove_abandoned(self) -> None:
        """By age only: another process may be writing right now."""
        oldest = time.time() - ABANDONED_AFTER
        for entry in [*(self.root / INCOMING).iterdir(), *(self.root / MULTIPART).iterdir()]:
            with suppress(OSError):
                if entry.stat().st_mtime >= oldest:
                    continue
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()


def file_digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
