"""Kind `python`: `cmd` runs in a fresh interpreter where `inputs`, `outputs`, `params` and `logs` are dicts."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

from plynx_common.domain.errors import Issue
from plynx_common.domain.failure import Failure
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.context_file import FILENAME, VARIABLE, context_json, context_path
from plynx_common.runtime.kinds.kind import Script, ScriptContext

PRELUDE = Path(__file__).with_name("prelude.py")


class Python:
    name = "python"
    version = KINDS["python"].version

    async def prepare(self, context: ScriptContext) -> Script | Failure:
        return Script(
            "exec.py",
            context.operation.cmd,
            (context.interpreter, str(PRELUDE), "exec.py"),
            {VARIABLE: context_path(context)},
            {FILENAME: context_json(context)},
        )

    async def check(self, operation: Operation) -> tuple[Issue, ...]:
        """Syntax, by this interpreter; the parser executes nothing. Of an operation with its own Python: nothing."""
        if operation.environment.python:
            return ()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(operation.cmd, "exec.py")
        except SyntaxError as error:
            where = f"line {error.lineno} of cmd: " if error.lineno else ""
            return (Issue("/cmd", "syntax", f"{where}{error.msg}"),)
        except (ValueError, RecursionError, MemoryError) as error:
            return (Issue("/cmd", "syntax", f"cmd cannot be read as Python: {error}"),)
        return ()
