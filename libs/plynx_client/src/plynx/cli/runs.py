"""`plynx runs`: list, show, watch, run again, compare and cancel."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import typer

from plynx.cli import exits
from plynx.cli.explanations import reasons_of, show_node
from plynx.cli.output import Format, Output, duration, print_table, seconds_between, show
from plynx.connection import Connection, Profile

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Runs: list, show, watch, rerun, compare, cancel.",
)
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
def show_run(
    run: Run,
    node: Annotated[str, typer.Argument(metavar="[NODE]", help="Explain this node of it.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Show a run and why each of its nodes is where it is; or all about one node."""
    with Connection(Profile.find()) as connection:
        if node:
            show_node(connection, run, node, output)
            return
        found = connection.get(f"/runs/{run}")
        found["nodes"] = connection.pages(f"/runs/{run}/nodes", most=100_000)
        reasons = reasons_of(connection, found["nodes"]) if output is Format.TABLE else {}
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
            reasons[str(node.get("node"))],
        ]
        for node in found["nodes"]
    ]
    print_table(["node", "state", "attempt", "time", "why"], rows)


@app.command("watch")
def watch_run(
    run: Run,
    follow: Annotated[bool, typer.Option("--follow", help="With the logs.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> int:
    """Follow a run until it has ended."""
    from plynx.cli.run import watch

    with Connection(Profile.find()) as connection:
        connection.get(f"/runs/{run}")
        return watch(connection, run, output, with_logs=follow)


@app.command("rerun")
def rerun_run(
    run: Run,
    node: Annotated[list[str] | None, typer.Option("--from", metavar="NODE", help="Execute it and all below.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Whatever the cache holds.")] = False,  # noqa: FBT002
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended; show its progress.")] = False,  # noqa: FBT002
    key: Annotated[str, typer.Option("--idempotency-key", help="The same key gives the same run.")] = "",
    output: Output = Format.TABLE,
) -> int:
    """Run again what has not succeeded, or what comes from a node on; the rest is taken over. It is a new run."""
    from plynx.cli.run import watch

    body: dict[str, Any] = {"from_node": node or [], **({"force": True} if force else {})}
    with Connection(Profile.find()) as connection:
        again = connection.post(f"/runs/{run}/rerun", body, **{"Idempotency-Key": key or secrets.token_hex(16)})
        if wait:
            return watch(connection, again["id"], output, with_logs=False)
    show(output, again, {"run": "id", "state": "state", "takes from": "from_run"})
    return exits.DONE


@app.command("compare")
def compare_runs(
    run: Run,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The run to compare it with.")],
    output: Output = Format.TABLE,
) -> None:
    """Compare two runs: parameters, graphs, states, times, outputs, and why nodes were executed."""
    from plynx.cli.comparison import show_comparison

    with Connection(Profile.find()) as connection:
        show_comparison(output, connection.get(f"/runs/{run}/compare", **{"with": other}))


@app.command("cancel")
def cancel_run(run: Run, output: Output = Format.TABLE) -> int:
    """Cancel a run: what waits is dropped, what runs is ended."""
    with Connection(Profile.find()) as connection:
        cancelled = connection.post(f"/runs/{run}/cancel")
    show(output, cancelled, {"run": "id", "state": "state"})
    return exits.DONE
