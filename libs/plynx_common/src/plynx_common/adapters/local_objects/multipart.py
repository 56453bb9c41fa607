"""Large objects in parts: a folder per upload, one file per part, joined when all are there."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from plynx_common.adapters.local_objects.folder import Folder, write_all
from plynx_common.adapters.local_objects.syncing import fsync
from plynx_common.domain.errors import InvalidInput, NotFound

_KEY = "key"
_BLOCK = 1024 * 1024


class Multipart:
    """Blocking: joining copies the whole object, so call it in a thread."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def create(self, key: str) -> str:
        self._folder.path(key)
        upload = secrets.token_hex(16)
        with self._folder.explained(key):
            path = Path(self._folder.upload_path(upload))
            path.mkdir(mode=0o700)
            (path / _KEY).write_text(key)
        return upload

    def complete(self, key: str, upload: str, etags: Sequence[str], sha256: str) -> None:
        """Parts stay until the object has its name, so that a completion cut off can be asked again."""
        target = self._folder.path(key)
        if Path(target).exists():
            self.abort(key, upload)
            return
        parts = self._parts(key, upload, etags)
        temporary = self._folder.new_temporary()
        try:
            with self._folder.explained(key):
                if (digest := _joined(parts, temporary)) != sha256:
                    raise InvalidInput(
                        f"the parts of '{key}' make SHA-256 {digest}, expected {sha256}: upload them again"
                    )
                self._folder.place(temporary, target, digest)
                fsync(self._folder.with_folders([target]))
        finally:
            with suppress(OSError):
                Path(temporary).unlink()
        self.abort(key, upload)

    def abort(self, key: str, upload: str) -> None:
        with suppress(NotFound):
            shutil.rmtree(self._checked(key, upload), ignore_errors=True)

    def _parts(self, key: str, upload: str, etags: Sequence[str]) -> list[Path]:
        folder = self._checked(key, upload)
        parts = [folder / part_name(number, _digest(etag)) for number, etag in enumerate(etags, start=1)]
        if missing := [str(number) for number, path in enumerate(parts, start=1) if not path.is_file()]:
            raise InvalidInput(
                f"multipart upload '{upload}' of '{key}' lacks parts {', '.join(missing[:10])}: send them (again), "
                "and complete with the ETag that each answer gave"
            )
        return parts

    def _checked(self, key: str, upload: str) -> Path:
        folder = Path(self._folder.upload_path(upload))
        try:
            owner = (folder / _KEY).read_text()
        except OSError:
            owner = ""
        if owner != key:
            raise NotFound(f"there is no multipart upload '{upload}' of '{key}': it ended, or was never started")
        return folder


def part_name(part: int, digest: str) -> str:
    """The digest is the part's ETag, so that completing names exactly the bytes that were sent."""
    return f"{part:05}.{digest}"


def _digest(etag: str) -> str:
    text = etag.strip('"')
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise InvalidInput(f"ETag {etag[:80]!r} is none of ours: send the one that the part's answer gave")
    return text


def _joined(parts: Sequence[Path], temporary: str) -> str:
    digest = hashlib.sha256()
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    write_all(file, block)
    finally:
        os.close(file)
    return digest.hexdigest()
