"""`plynx op`: the catalogue of operations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from plynx.cli.output import Format, Output, show
from plynx.connection import Connection, Profile

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Operations: list, show, validate."
)


@app.command("ls")
def list_operations(limit: int = 50, output: Output = Format.TABLE) -> None:
    """List operations."""
    with Connection(Profile.find()) as connection:
        found = connection.pages("/operations", most=limit)
    columns = {"operation": "ref", "kind": "kind", "status": "status", "title": "title"}
    show(output, found, columns, name="ref")


@app.command("show")
def show_operation(
    operation: Annotated[str, typer.Argument(metavar="TEAM/NAME@VERSION")], output: Output = Format.YAML
) -> None:
    """Show one version of an operation."""
    with Connection(Profile.find()) as connection:
        show(output, connection.get(f"/operations/{operation}"), {"operation": "ref", "kind": "kind"}, name="ref")


@app.command("validate")
def validate(file: Annotated[Path, typer.Argument(metavar="FILE")], output: Output = Format.TABLE) -> int:
    """Check an operation's file, its script included."""
    from plynx.cli.graphs import checked

    return checked(file, "/operations/validate", output)
