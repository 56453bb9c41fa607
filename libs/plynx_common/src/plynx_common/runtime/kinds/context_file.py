"""The JSON manifest at `$PLYNX_CONTEXT`: everything a script may name, whatever its size."""

from __future__ import annotations

import json
from typing import Any

from plynx_common.runtime.kinds.kind import ScriptContext
from plynx_common.runtime.kinds.names import names_of

VARIABLE = "PLYNX_CONTEXT"
FILENAME = "context.json"

PLURALS = {
    "inputs": "input",
    "outputs": "output",
    "params": "param",
    "logs": "log",
    "cloud_input": "cloud_input",
    "cloud_output": "cloud_output",
}


def context_path(context: ScriptContext) -> str:
    return f"{context.directory}/{FILENAME}"


def context_json(context: ScriptContext) -> str:
    names = names_of(context)
    manifest: dict[str, dict[str, Any]] = {key: dict(names.group(group)) for key, group in PLURALS.items()}
    return json.dumps(manifest, indent=1) + "\n"
