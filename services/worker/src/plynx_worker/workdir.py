"""The working directory of an attempt: inputs placed, script written, outputs collected, all of it removed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.operation import Input, Operation
from plynx_common.runtime.kinds.kind import LOGS, Paths, Script, ScriptContext
from plynx_worker import packing
from plynx_worker.breakdowns import infrastructure_failure
from plynx_worker.log_streams import STREAMS, LogStream
from plynx_worker.removal import empty_tree, remove_tree

INLINE_BYTES = 1024 * 1024
"""Files up to this size are copied and hashed in place: a hop to a thread costs more."""
CLOUD = "cloud-storage"
DIRECTORY = "directory"
EXECUTABLE = "executable"


@dataclass(frozen=True, slots=True)
class Source:
    """An input artifact on this host: a file (copied, never handed out itself) or, where small, its bytes."""

    type: str
    content: bytes | Path


def create(root: Path, name: str) -> Path:
    """A fresh private directory (0700); what an earlier incarnation left under this name is removed first."""
    directory = root / name
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        remove_tree(directory)
        directory.mkdir(mode=0o700)
    return directory


async def remove(directory: Path) -> bool:
    """False when something could not be removed; never raises, whatever permissions the script left."""
    return await asyncio.to_thread(remove_tree, directory) if _is_large(directory) else remove_tree(directory)


async def recycle(directory: Path) -> bool:
    """True when all of it is gone but the directory itself, which may serve another attempt; else it is removed."""
    if not _is_large(directory) and empty_tree(directory):
        return True
    await remove(directory)
    return False


def _is_large(directory: Path) -> bool:
    """Subdirectories can hide any number of files."""
    try:
        with os.scandir(directory) as entries:
            return any(entry.is_dir(follow_symlinks=False) or index > 50 for index, entry in enumerate(entries))
    except OSError:
        return False


async def lay_out(
    directory: Path,
    operation: Operation,
    inputs: Mapping[str, Sequence[Source]],
    parameters: Mapping[str, Any],
    *,
    cloud_prefix: str = "",
) -> ScriptContext | Failure:
    """Places inputs (`i_<n>_<name>`) and prepares outputs (`o_<name>`); `parameters` are plain resolved values.

    `cloud_prefix` (`s3://bucket/…/<run>/<node>/<attempt>`) is where cloud-storage outputs are allotted.
    """
    placed: dict[str, Paths] = {}
    clouds: dict[str, Paths] = {}
    try:
        for entry in operation.inputs:
            await _place_input(directory, entry, inputs.get(entry.name, ()), placed, clouds)
        cloud_outputs = _prepare_outputs(directory, operation, cloud_prefix)
    except _Refused as refused:
        return refused.failure
    except OSError as error:
        return infrastructure_failure(error)
    return ScriptContext(
        operation=operation,
        directory=str(directory),
        inputs=placed,
        outputs={entry.name: f"{directory}/o_{entry.name}" for entry in operation.outputs},
        params=parameters,
        logs={name: f"{directory}/l_{name}" for name in LOGS},
        cloud_inputs=clouds,
        cloud_outputs=cloud_outputs,
    )


class _Refused(Exception):
    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message, retryable=False)


# --- inputs ------------------------------------------------------------------------------------


async def _place_input(
    directory: Path, entry: Input, sources: Sequence[Source], placed: dict[str, Paths], clouds: dict[str, Paths]
) -> None:
    paths: list[str] = []
    cloud_paths: list[str] = []
    for n, source in enumerate(sources):
        path = directory / f"i_{n}_{entry.name}"
        await _place(source, path, entry.name)
        paths.append(str(path))
        if source.type == CLOUD:
            cloud_paths.append(_cloud_path(path, entry.name))
    if entry.is_single and len(paths) != 1:
        raise _Refused(FailureKind.INPUT_MISSING, f"input '{entry.name}' needs 1 artifact, got {len(paths)}")
    placed[entry.name] = paths[0] if entry.is_single else tuple(paths)
    if CLOUD in entry.types and (cloud_paths or not entry.is_single):
        clouds[entry.name] = cloud_paths[0] if entry.is_single else tuple(cloud_paths)


async def _place(source: Source, path: Path, name: str) -> None:
    if source.type == DIRECTORY:
        await _extract(source, path, name)
    elif isinstance(source.content, bytes):
        path.write_bytes(source.content)
    elif source.content.stat().st_size <= INLINE_BYTES:
        shutil.copyfile(source.content, path)
    else:
        await asyncio.to_thread(shutil.copyfile, source.content, path)
    if source.type == EXECUTABLE:
        path.chmod(0o755)


async def _extract(source: Source, path: Path, name: str) -> None:
    archive = source.content
    if isinstance(archive, bytes):
        archive = path.with_name(f"{path.name}.zip")
        archive.write_bytes(cast("bytes", source.content))
    path.mkdir(mode=0o755)
    try:
        await asyncio.to_thread(packing.extract, archive, path)
    except packing.UnsafeArchive as error:
        message = f"input '{name}' is no directory that can be extracted: {error.message}"
        raise _Refused(FailureKind.INPUT_MISSING, message) from error
    finally:
        if archive != source.content:
            archive.unlink()


def _cloud_path(file: Path, name: str) -> str:
    try:
        content: object = json.loads(file.read_bytes())
    except ValueError:
        content = None
    path = cast("dict[str, object]", content).get("path") if isinstance(content, dict) else None
    if not isinstance(path, str) or "://" not in path:
        message = f"""input '{name}' is of type '{CLOUD}': expected JSON {{"path": "s3://…"}} in its file"""
        raise _Refused(FailureKind.INPUT_MISSING, message)
    return path


# --- outputs -----------------------------------------------------------------------------------


def _prepare_outputs(directory: Path, operation: Operation, cloud_prefix: str) -> dict[str, str]:
    """Directories are there before the script; cloud paths are allotted, and the file already says where."""
    allotted: dict[str, str] = {}
    for entry in operation.outputs:
        path = directory / f"o_{entry.name}"
        if entry.type == DIRECTORY:
            path.mkdir(mode=0o755)
        elif entry.type == CLOUD:
            if not cloud_prefix:
                message = (
                    f"output '{entry.name}' is of type '{CLOUD}', but this worker has no cloud storage to allot from"
                )
                raise _Refused(FailureKind.INFRASTRUCTURE, f"{message}: set its cloud prefix")
            allotted[entry.name] = f"{cloud_prefix.rstrip('/')}/{entry.name}"
            path.write_text(json.dumps({"path": allotted[entry.name]}), encoding="utf-8")
    return allotted


def write_script(context: ScriptContext, script: Script) -> None:
    """Raises `OSError` (disk full)."""
    _write(context.directory, script.filename, script.text)
    for name, text in script.files.items():
        _write(context.directory, name, text)


def _write(directory: str, name: str, text: str) -> None:
    descriptor = os.open(f"{directory}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        content = memoryview(text.encode(errors="surrogateescape"))
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def written_logs(context: ScriptContext, limit: int = INLINE_BYTES) -> dict[LogStream, bytes]:
    """What the script itself wrote to `logs[…]`, by stream: to be appended to that stream after its end."""
    found: dict[LogStream, bytes] = {}
    for name in STREAMS:
        path = context.logs[name]
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            with open(path, "rb") as file:
                content = file.read(limit)
        except OSError:
            continue  # most scripts write none
        if content:
            found[name] = content
    return found
