"""Kind `command`: `cmd` is run with bash as it is; everything comes as environment variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plynx_common.domain.errors import Issue
from plynx_common.domain.failure import Failure
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.bash_jinja2 import BASH
from plynx_common.runtime.kinds.context_file import FILENAME, VARIABLE, context_json, context_path
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_common.runtime.rendering.values import as_json, as_text, to_json

LARGEST_VARIABLE = 100 * 1024
"""Bytes; what is larger is in the manifest only: the kernel takes no longer variable."""
ALL_VARIABLES = 1024 * 1024
"""Bytes of all of them together: the kernel has a limit on that too. The largest go first."""


class Command:
    name = "command"
    version = KINDS["command"].version

    async def prepare(self, context: ScriptContext) -> Script | Failure:
        env = {VARIABLE: context_path(context), **variables(context)}
        return Script("exec.sh", context.operation.cmd, BASH, env, {FILENAME: context_json(context)})

    async def check(self, operation: Operation) -> tuple[Issue, ...]:
        """Bash knows what it means; nothing here is a template."""
        del operation
        return ()


def variables(context: ScriptContext) -> dict[str, str]:
    """By name; without those too large for the kernel."""
    found = {
        name: text for name, text in _all_variables(context) if "\0" not in text and _size(text) <= LARGEST_VARIABLE
    }
    excess = sum(map(_size, found.values())) - ALL_VARIABLES
    for name in sorted(found, key=lambda name: -_size(found[name])):
        if excess <= 0:
            break
        excess -= _size(found.pop(name))
    return found


def _all_variables(context: ScriptContext) -> Iterator[tuple[str, str]]:
    json_params = {entry.name for entry in context.operation.parameters if entry.type == "json"}
    for name, value in context.params.items():
        yield f"PLYNX_PARAM_{name}", to_json(value) if name in json_params else _lines(value)
    groups: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("INPUT", context.inputs),
        ("OUTPUT", context.outputs),
        ("LOG", context.logs),
        ("CLOUD_INPUT", context.cloud_inputs),
        ("CLOUD_OUTPUT", context.cloud_outputs),
    )
    for group, values in groups:
        for name, value in values.items():
            yield f"PLYNX_{group}_{name}", _lines(value)


def _lines(value: Any) -> str:
    """A list is one item a line."""
    if isinstance(value, list | tuple):
        return "\n".join(as_text(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return as_text(as_json(value))


def _size(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))
