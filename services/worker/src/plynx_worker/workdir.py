"""The working directory of an attempt: inputs placed, script written, outputs collected, all of it removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plynx_common.domain.failure import Failure
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.kind import Script, ScriptContext


@dataclass(frozen=True, slots=True)
class Source:
    """An input artifact on this host: a file (copied, never handed out itself) or, where small, its bytes."""

    type: str
    content: bytes | Path


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


def create(root: Path, name: str) -> Path:
    """A fresh private directory (0700); what an earlier incarnation left under this name is removed first."""
    raise NotImplementedError


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
    raise NotImplementedError


def write_script(context: ScriptContext, script: Script) -> None:
    raise NotImplementedError


async def collect(context: ScriptContext) -> tuple[Collected, ...] | Failure:
    """Every declared output, hashed; or `output_missing` naming all that are not there."""
    raise NotImplementedError


async def remove(directory: Path) -> bool:
    """False when something could not be removed; never raises, whatever permissions the script left."""
    raise NotImplementedError
