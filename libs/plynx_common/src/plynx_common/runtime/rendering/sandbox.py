"""Jinja2, immutable and strict: what templates may do, and their errors with lines."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from plynx_common.runtime.rendering.quoting import Variables
from plynx_common.runtime.rendering.values import ALIASES, FILTERS, Group, Names, as_text

SOURCE_NAME = "<cmd>"
OUTPUT_BYTES = 1024 * 1024
NOT_REPEATABLE = ("random",)
"""A preview is what is executed: nothing may differ from one rendering to the next."""


class RenderError(Exception):
    """What is wrong with a template, with its line where there is one."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Undefined(StrictUndefined):
    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Group):
            return self._undefined_obj.complaint(self._undefined_name)
        message = super()._undefined_message
        if message == f"{self._undefined_name!r} is undefined":
            return f"'{self._undefined_name}' is undefined: a script may name {', '.join(ALIASES)}"
        return message


class Sandbox(ImmutableSandboxedEnvironment):
    def __init__(self) -> None:
        # Not optimized: constants are not computed while compiling, so that compiling executes nothing.
        super().__init__(undefined=_Undefined, optimized=False, keep_trailing_newline=True, finalize=_finalize)
        self.filters.update(sh=_sh, json=FILTERS["json"])
        for name in NOT_REPEATABLE:
            del self.filters[name]
        del self.globals["lipsum"]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A parameter called `items` comes before the method."""
        if isinstance(obj, Group) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


_VARIABLES = "plynx variables"
"""In a context; no template can name it, for its space."""


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    if isinstance(value, StrictUndefined):
        return value
    variables = context.get(_VARIABLES)
    return as_text(value) if variables is None else variables.mark(value)


@pass_context
def _sh(context: Context, value: Any) -> Any:
    """With `quoting: safe` there is nothing left to quote."""
    return FILTERS["sh"](value) if context.get(_VARIABLES) is None else value


def compiled(sandbox: Sandbox, template: str) -> CodeType:
    """Raises `RenderError`."""
    try:
        return sandbox.compile(template, SOURCE_NAME, SOURCE_NAME)
    except TemplateSyntaxError as error:
        raise RenderError(error.message or "syntax error", error.lineno) from error
    except RecursionError as error:
        raise RenderError("the template is nested too deeply", None) from error


def rendered(sandbox: Sandbox, code: CodeType, names: Names, variables: Variables | None) -> str:
    """Raises `RenderError`; and `MemoryError`, for the caller to report with what is left."""
    template = Template.from_code(sandbox, code, sandbox.make_globals(None))
    context = {name: _group(name, names) for name in ALIASES}
    try:
        return _limited(template.generate({**context, _VARIABLES: variables}))
    except (MemoryError, RenderError):
        raise
    except Exception as error:
        raise RenderError(_described(error), _line_of(error)) from error


def _group(alias: str, names: Names) -> Group:
    group = ALIASES[alias]
    return Group(alias, {name: names.value(group, name) for name in names.group(group)})


def _limited(pieces: Iterator[str]) -> str:
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > OUTPUT_BYTES:
            raise RenderError("the rendered script is larger than 1 MiB: pass large values as files", None)
        kept.append(piece)
    return "".join(kept)


def _described(error: Exception) -> str:
    text = (error.message or "") if isinstance(error, TemplateError) else str(error)
    return text if isinstance(error, TemplateError) else f"{type(error).__name__}: {text}"


def _line_of(error: Exception) -> int | None:
    """Of the innermost place in the template: Jinja has rewritten the traceback to its lines."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == SOURCE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
