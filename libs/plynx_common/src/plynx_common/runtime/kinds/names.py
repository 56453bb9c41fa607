"""The names that every kind offers its scripts, from a context or from an operation's declaration."""

from __future__ import annotations

from typing import Any

from plynx_common.domain.operation import Input, Operation
from plynx_common.runtime.kinds.kind import LOGS, Paths, ScriptContext
from plynx_common.runtime.rendering.values import Names

CLOUD = "cloud-storage"
FREE_TEXT = frozenset({"str", "text", "secret", "json", "enum"})
"""Parameter types whose text can hold anything."""


def names_of(context: ScriptContext) -> Names:
    return Names(
        {
            "input": context.inputs,
            "output": context.outputs,
            "param": context.params,
            "log": context.logs,
            "cloud_input": context.cloud_inputs,
            "cloud_output": context.cloud_outputs,
        },
        json_params=frozenset(entry.name for entry in context.operation.parameters if entry.type == "json"),
    )


def declared_names(operation: Operation) -> dict[str, tuple[str, ...]]:
    return {
        "input": tuple(entry.name for entry in operation.inputs),
        "output": tuple(entry.name for entry in operation.outputs),
        "param": tuple(entry.name for entry in operation.parameters),
        "log": LOGS,
        "cloud_input": tuple(entry.name for entry in operation.inputs if CLOUD in entry.types),
        "cloud_output": tuple(entry.name for entry in operation.outputs if entry.type == CLOUD),
    }


def placeholder_context(operation: Operation, params: dict[str, Any], *, interpreter: str = "python3") -> ScriptContext:
    """For a preview before a run: the paths as they will be, below a directory that is not known yet."""
    directory = "/working-directory"
    cloud = f"{CLOUD}://to-be-allotted"
    inputs = {entry.name: _expected(entry, f"{directory}/i_{{n}}_{entry.name}") for entry in operation.inputs}
    cloud_inputs = {
        entry.name: _expected(entry, f"{cloud}/{entry.name}/{{n}}")
        for entry in operation.inputs
        if CLOUD in entry.types
    }
    return ScriptContext(
        operation=operation,
        directory=directory,
        inputs=inputs,
        outputs={entry.name: f"{directory}/o_{entry.name}" for entry in operation.outputs},
        params=params,
        logs={name: f"{directory}/l_{name}" for name in LOGS},
        cloud_inputs=cloud_inputs,
        cloud_outputs={entry.name: f"{cloud}/{entry.name}" for entry in operation.outputs if entry.type == CLOUD},
        interpreter=interpreter,
    )


def _expected(entry: Input, pattern: str) -> Paths:
    """As many as there must be, and at least one to show."""
    paths = tuple(pattern.format(n=n) for n in range(max(1, entry.min)))
    return paths[0] if entry.is_single else paths
