"""What a kind of operations is: the port that plugins implement, and what goes in and out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from plynx_common.domain.errors import Issue
from plynx_common.domain.failure import Failure
from plynx_common.domain.operation import Operation

LOGS = ("stdout", "stderr", "worker")

Paths = str | tuple[str, ...]
"""One path for an input with min = max = 1, else a list."""


@dataclass(frozen=True, slots=True)
class ScriptContext:
    """Everything a script may name. Paths are absolute (placeholders in a preview)."""

    operation: Operation
    directory: str
    """The working directory."""
    inputs: Mapping[str, Paths]
    outputs: Mapping[str, str]
    params: Mapping[str, Any]
    """By name: resolved, of the declared types."""
    logs: Mapping[str, str]
    cloud_inputs: Mapping[str, Paths] = field(default_factory=dict[str, Paths])
    """Of inputs of type cloud-storage: the cloud path instead of the file's."""
    cloud_outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    interpreter: str = sys.executable
    """Python, for the kinds that need one."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is executed, to the byte: `text` stands in `filename`, inside the working directory."""

    filename: str
    text: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """The kind's own variables; the worker adds the allow-listed ones and the operation's."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """More files in the working directory, by name: text."""


class Kind(Protocol):
    """Found by its name in the entry point group `plynx.kinds`; name and version are part of the cache key."""

    name: str
    version: int

    async def prepare(self, context: ScriptContext) -> Script | Failure:
        """The script, or why it cannot be made (`template`, with line and name)."""
        ...

    async def check(self, operation: Operation) -> tuple[Issue, ...]:
        """What can be found wrong without values: syntax, undefined names; with lines."""
        ...
