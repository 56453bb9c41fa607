"""`plynx runs`: list, show, watch and cancel."""

from __future__ import annotations

from typing import Annotated

import typer

from plynx.cli import exits
from plynx.cli.output import Format, Output, duration, print_table, seconds_between, show
from plynx.connection import Connection, Profile

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Runs: list, show, cancel.")
COLUMNS = {
    "run": "id",
    "title": "title",
    "state": "state",
    "created": "created_at",
    "nodes": "counts",
    "author": "author",
}
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")]


@app.command("ls")
def list_runs(
    state: Annotated[str | None, typer.Option(help="Only runs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """List runs, the newest first."""
    with Connection(Profile.find()) as connection:
        runs = connection.pages("/runs", most=limit, state=state)
    show(output, runs, COLUMNS)


@app.command("show")
def show_run(run: Run, output: Output = Format.TABLE) -> None:
    """Show a run and its nodes."""
    with Connection(Profile.find()) as connection:
        found = connection.get(f"/runs/{run}")
        found["nodes"] = connection.pages(f"/runs/{run}/nodes", most=100_000)
    if output is not Format.TABLE:
        show(output, found, {})
        return
    show(output, found, {"run": "id", "state": "state", "created": "created_at", "nodes": "counts"})
    rows = [
        [
            str(node.get("node")),
            str(node.get("state")),
            str(node.get("attempt") or ""),
            duration(seconds_between(node.get("started_at"), node.get("finished_at"))) if node.get("attempt") else "",
            str(node.get("reason") or ""),
        ]
        for node in found["nodes"]
    ]
    print_table(["node", "state", "attempt", "time", "why"], rows)


@app.command("watch")
def watch_run(run: Run) -> int:
    """Follow a run until it has ended."""
    from plynx.cli.run import watch

    with Connection(Profile.find()) as connection:
        connection.get(f"/runs/{run}")
        return watch(connection, run, Format.TABLE, with_logs=False)


@app.command("cancel")
def cancel_run(run: Run, output: Output = Format.TABLE) -> int:
    """Cancel a run: what waits is dropped, what runs is ended."""
    with Connection(Profile.find()) as connection:
        cancelled = connection.post(f"/runs/{run}/cancel")
    show(output, cancelled, {"run": "id", "state": "state"})
    return exits.DONE
