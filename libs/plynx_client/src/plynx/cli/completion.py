"""`plynx completion`: the script that makes a shell complete `plynx`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from click.shell_completion import get_completion_class

from plynx.cli import exits


def completion(shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish")]) -> None:
    """Print a completion script: `eval "$(plynx completion bash)"`."""
    from plynx.cli.app import app

    found = get_completion_class(shell)
    if found is None:
        raise exits.Exit(exits.USAGE, f"shell '{shell}': expected bash, zsh or fish")
    command: Any = typer.main.get_command(app)
    sys.stdout.write(found(command, {}, "plynx", "_PLYNX_COMPLETE").source() + "\n")
