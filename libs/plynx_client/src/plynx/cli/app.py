"""The entry of `plynx`: commands are loaded when they are called, errors become one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from plynx.cli import exits
from plynx.connection import ApiError, NoProfile, Unreachable

PLUGINS = "plynx.commands"
"""Entry points by which other distributions (the platform) add commands: name → a typer app or function."""

COMMANDS = {
    "run": "plynx.cli.run:run",
    "runs": "plynx.cli.runs:app",
    "logs": "plynx.cli.logs:logs",
    "artifact": "plynx.cli.artifacts:app",
    "graph": "plynx.cli.graphs:app",
    "pool": "plynx.cli.pools:app",
    "op": "plynx.cli.operations:app",
    "completion": "plynx.cli.completion:completion",
}


class Commands(TyperGroup):
    """Knows the names of all commands, and loads only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (typer's signature)
        return [*COMMANDS, *sorted(entry_points(group=PLUGINS).names)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        target = COMMANDS.get(cmd_name)
        if target is not None:
            module, _, name = target.partition(":")
            return as_command(getattr(import_module(module), name), cmd_name)
        for plugin in entry_points(group=PLUGINS, name=cmd_name):
            return as_command(plugin.load(), cmd_name)
        return None


def as_command(target: Any, name: str) -> Any:
    if isinstance(target, typer.Typer):
        command = typer.main.get_command(target)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name)(target)
        command = typer.main.get_command(single)
    command.name = name
    return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="PLynx: reproducible, data-oriented experiments.",
)


@app.callback()
def plynx() -> None:
    """PLynx: reproducible, data-oriented experiments."""


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code; errors are told in words on stderr, never as a stack trace."""
    try:
        result = typer.main.get_command(app).main(arguments, prog_name="plynx", standalone_mode=False)
    except tuple(TOLD) as error:
        return next(tell for kind, tell in TOLD.items() if isinstance(error, kind))(error)
    return result if isinstance(result, int) else exits.DONE


def _tell_usage(error: Any) -> int:
    show = getattr(error, "show", None)
    if show is None:
        exits.say(str(error))
    else:
        show()
    return exits.USAGE


def _tell_exit(ended: exits.Exit) -> int:
    if ended.message:
        exits.say(ended.message)
    return ended.code


def _tell_problem(error: ApiError) -> int:
    exits.say_problem(error)
    return exits.UNREACHABLE if error.status == 503 else exits.USAGE


def _tell_unreachable(error: Exception) -> int:
    exits.say(str(error))
    return exits.UNREACHABLE


def _tell_stopped(_: BaseException) -> int:
    exits.say("stopped")
    return exits.INTERRUPTED


TOLD: dict[type[BaseException], Callable[[Any], int]] = {
    typer.Abort: _tell_stopped,
    KeyboardInterrupt: _tell_stopped,
    TyperException: _tell_usage,
    exits.Exit: _tell_exit,
    NoProfile: _tell_unreachable,
    Unreachable: _tell_unreachable,
    ApiError: _tell_problem,
    BrokenPipeError: lambda _: exits.DONE,
}
