"""The entry of `plynx`: commands are loaded when they are called, errors become one line and an exit code."""

from __future__ import annotations

import sys
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
    except (typer.Abort, KeyboardInterrupt):
        exits.say("stopped")
        return exits.INTERRUPTED
    except TyperException as error:
        show = getattr(error, "show", None)
        if show is None:
            exits.say(str(error))
        else:
            show()
        return exits.USAGE
    except exits.Exit as ended:
        if ended.message:
            exits.say(ended.message)
        return ended.code
    except (NoProfile, Unreachable) as error:
        exits.say(str(error))
        return exits.UNREACHABLE
    except ApiError as error:
        exits.say_problem(error)
        return exits.UNREACHABLE if error.status == 503 else exits.USAGE
    except BrokenPipeError:
        return exits.DONE
    return result if isinstance(result, int) else exits.DONE
