"""`plynx pool`: who serves what, and the right to serve it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from plynx.cli.output import Format, Output, show
from plynx.connection import Connection, Profile

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Pools and their workers.")


@app.command("ls")
def list_pools(output: Output = Format.TABLE) -> None:
    """List the pools that live workers serve, and what waits for them."""
    with Connection(Profile.find()) as connection:
        found = connection.get("/pools")["items"]
    show(
        output,
        found,
        {name: name for name in ("pool", "workers", "slots", "free", "ready", "running", "demand")},
        name="pool",
    )


@app.command("token")
def token(
    pools: Annotated[list[str], typer.Argument(metavar="POOL...", help="`gpu` or `team/gpu`.")],
    worker: Annotated[str, typer.Option("--worker", "-w", help="PLYNX_WORKER_NAME of the worker that will hold it.")],
    days: Annotated[int, typer.Option("--days", help="How long it is valid.")] = 365,
) -> None:
    """Print a worker's right to serve pools, for PLYNX_WORKER_TOKEN; it is shown once."""
    with Connection(Profile.find()) as connection:
        body = {"worker": worker, "pools": pools, "lifetime_days": days}
        made = connection.post("/pools/tokens", body)
    sys.stdout.write(f"{made['token']}\n")


@app.command("workers")
def list_workers(output: Output = Format.TABLE) -> None:
    """List the workers seen lately, and what they serve."""
    with Connection(Profile.find()) as connection:
        found = connection.get("/workers")["items"]
    rows = [{**each, "served": ", ".join(each["pools"])} for each in found] if output is Format.TABLE else found
    columns = {"worker": "worker", "live": "is_live", "pools": "served", "slots": "slots", "free": "free"}
    show(output, rows, columns | {"seen": "seen_at"}, name="worker")
