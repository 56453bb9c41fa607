"""`plynx graph`: check a graph file before it is run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from plynx.cli import exits
from plynx.cli.output import Format, Output, show
from plynx.cli.run import load_graph
from plynx.connection import Connection, Profile

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Graphs: list, validate.")


@app.command("ls")
def list_graphs(limit: int = 20, output: Output = Format.TABLE) -> None:
    """List saved graphs."""
    with Connection(Profile.find()) as connection:
        graphs = connection.pages("/graphs", most=limit)
    show(output, graphs, {"graph": "id", "title": "title", "updated": "updated_at"})


@app.command("validate")
def validate(file: Annotated[Path, typer.Argument(metavar="FILE")], output: Output = Format.TABLE) -> int:
    """Check a graph file: every issue with its place and remedy."""
    return checked(file, "/graphs/validate", output)


def checked(file: Path, route: str, output: Format) -> int:
    """Prints what is wrong with a document; of a file, with the line."""
    document = load_graph(file)
    with Connection(Profile.find()) as connection:
        issues = connection.post(route, document.value)["issues"]
    if output is Format.TABLE and not issues:
        sys.stdout.write(f"{file}: valid\n")
    else:
        lined = [{**issue, "line": document.line_of(issue["path"])} for issue in issues]
        columns = {"severity": "severity", "line": "line", "where": "path", "what": "message"}
        show(output, lined, columns, name="code")
    is_wrong = any(issue["severity"] == "error" for issue in issues)
    return exits.USAGE if is_wrong else exits.DONE
