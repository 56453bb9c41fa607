"""Outputs after the script: found, packed, checked, hashed."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.operation import Output
from plynx_common.domain.types import TYPES, parse_scalar
from plynx_common.runtime.kinds.kind import ScriptContext
from plynx_worker import packing
from plynx_worker.breakdowns import infrastructure_failure, is_full

IN_MEMORY_BYTES = 64 * 1024
IN_PLACE_BYTES = 1024 * 1024
"""Files up to this size are hashed in place: a hop to a thread costs more."""
COPY_BYTES = 1024 * 1024
SCALAR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Collected:
    """An output as it is to be stored; `path` stays valid until the directory is removed."""

    name: str
    type: str
    digest: str
    size: int
    path: Path
    content: bytes | None = None
    """The bytes, where they are at most 64 KiB."""


class _Missing(Exception):
    """Says, of one output, what is wrong with it."""


async def collect(context: ScriptContext) -> tuple[Collected, ...] | Failure:
    """Every declared output, hashed; or `output_missing` naming all that are not there or not what they should be."""
    found: list[Collected] = []
    missing: list[str] = []
    for entry in context.operation.outputs:
        try:
            found.append(await _collect(context, entry))
        except _Missing as problem:
            missing.append(f"output '{entry.name}' {problem}")
        except OSError as error:
            if is_full(error) or error.errno == errno.EIO:
                return infrastructure_failure(error)
            missing.append(f"output '{entry.name}' cannot be read: {error.strerror or error}")
    return Failure(FailureKind.OUTPUT_MISSING, "; ".join(missing)) if missing else tuple(found)


async def _collect(context: ScriptContext, entry: Output) -> Collected:
    path = Path(context.outputs[entry.name])
    if entry.type == "directory":
        path = await asyncio.to_thread(_packed, path)
    descriptor = _opened(path, Path(context.directory), entry)
    try:
        size = os.fstat(descriptor).st_size
        if size <= IN_MEMORY_BYTES:
            return _small(entry, path, descriptor)
        _refuse_long_scalar(entry, size)
        digest, size = _hashed(descriptor) if size <= IN_PLACE_BYTES else await asyncio.to_thread(_hashed, descriptor)
        return Collected(entry.name, entry.type, digest, size, path)
    finally:
        os.close(descriptor)


def _opened(path: Path, directory: Path, entry: Output) -> int:
    """A plain file; a link only to something in the working directory, which is what will be removed with it."""
    try:
        # Not blocking: the script may have left a fifo.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Missing(f"is missing: the script must write it to {path.name}") from None
    try:
        _check_file(descriptor, path, directory, entry)
    except _Missing:
        os.close(descriptor)
        raise
    return descriptor


def _check_file(descriptor: int, path: Path, directory: Path, entry: Output) -> None:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise _Missing(f"is a directory, but of type '{entry.type}': declare it as 'directory'")
    if not stat.S_ISREG(mode):
        raise _Missing("is no plain file")
    real = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
    if path.is_symlink() and not real.is_relative_to(directory.resolve()):
        raise _Missing("is a link to something outside the working directory: copy it instead")


def _small(entry: Output, path: Path, descriptor: int) -> Collected:
    content = b""
    while piece := os.read(descriptor, IN_MEMORY_BYTES + 1):
        content += piece
    if (known := TYPES.get(entry.type)) is not None and known.is_scalar:
        _check_scalar(entry, content)
    return Collected(entry.name, entry.type, sha256(content).hexdigest(), len(content), path, content)


def _check_scalar(entry: Output, content: bytes) -> None:
    try:
        parse_scalar(entry.type, content.decode())
    except UnicodeDecodeError:
        raise _Missing(f"is no {entry.type}: it is not text in UTF-8") from None
    except InvalidInput as error:
        raise _Missing(f"does not hold what its type says: {error.message}") from error


def _refuse_long_scalar(entry: Output, size: int) -> None:
    if (known := TYPES.get(entry.type)) is not None and known.is_scalar:
        raise _Missing(f"is no {entry.type}: it has {size} bytes, at most {SCALAR_BYTES} are taken")


def _hashed(descriptor: int) -> tuple[str, int]:
    digest = sha256()
    size = 0
    while piece := os.read(descriptor, COPY_BYTES):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _packed(directory: Path) -> Path:
    if directory.is_symlink() or not directory.is_dir():
        raise _Missing(f"is no directory: the script must leave one at {directory.name}")
    archive = directory.with_name(f"{directory.name}.zip")
    try:
        packing.pack(directory, archive)
    except InvalidInput as error:
        raise _Missing(f"cannot be packed: {error.message}") from error
    return archive
