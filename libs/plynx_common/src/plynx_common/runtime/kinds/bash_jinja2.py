"""Kind `bash_jinja2`: the whole `cmd` is rendered by Jinja2 and run with bash."""

from __future__ import annotations

from plynx_common.domain.errors import Issue
from plynx_common.domain.failure import Failure
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_common.runtime.kinds.names import FREE_TEXT, declared_names, names_of
from plynx_common.runtime.rendering.renderer import Renderer

BASH = ("bash", "exec.sh")


class BashJinja2:
    name = "bash_jinja2"
    version = KINDS["bash_jinja2"].version

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def prepare(self, context: ScriptContext) -> Script | Failure:
        operation = context.operation
        rendered = await self._renderer.render(operation.cmd, names_of(context), safe=operation.quoting == "safe")
        if isinstance(rendered, Failure):
            return rendered
        return Script("exec.sh", rendered.text, BASH, rendered.env)

    async def check(self, operation: Operation) -> tuple[Issue, ...]:
        free_text = tuple(
            entry.name
            for entry in operation.parameters
            if entry.type in FREE_TEXT and operation.quoting == "none" and not entry.accepts_code
        )
        problems = await self._renderer.check(operation.cmd, declared_names(operation), free_text)
        return tuple(
            Issue(
                "/cmd",
                problem.code,
                problem.message if problem.line is None else f"line {problem.line} of cmd: {problem.message}",
                problem.severity,
            )
            for problem in problems
        )
