"""The one list of exceptions from the sizes and bans of 8-house-style: where -> why.

`where` is a path, or `path::Qualified.name`; `*` matches anything. An exception that nothing needs any more fails its
test, so remove it then.
"""

from __future__ import annotations

FILE_LINES: dict[str, str] = {}

BROWSER_LINES: dict[str, str] = {}

BROWSER_COLOURS: dict[str, str] = {
    "src/features/runs/log/ansi.ts": "scripts choose the colours of their lines from 256, or from all",
    "src/i18n/*/graphTexts.ts": "shows how a colour is typed",
}

FUNCTION_LINES: dict[str, str] = {}

COMPLEXITY: dict[str, str] = {}

PARAMETERS: dict[str, str] = {
    "libs/plynx_client/src/plynx/cli/run.py::run": "typer reads a command's options from its parameters",
    "services/api/src/plynx_api/routes/*": "FastAPI reads a route's query from its parameters",
}

PUBLIC_METHODS: dict[str, str] = {
    "libs/plynx_common/src/plynx_common/interfaces/objects.py::ObjectStore": "the seam: bytes, presigning, multipart",
}

_GUARDIAN = "the guardian's processes run outside the simulation, with nothing but the standard library"
TIME_AND_CHANCE: dict[str, str] = {
    "services/worker/src/plynx_worker/attempt_init.py": _GUARDIAN,
    "services/worker/src/plynx_worker/guardian.py": _GUARDIAN,
    "services/worker/src/plynx_worker/process_tree.py": _GUARDIAN,
}

SLEEPING_TESTS: dict[str, str] = {}
