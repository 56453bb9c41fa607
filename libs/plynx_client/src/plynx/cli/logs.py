"""`plynx logs`: the log of a node, as bytes, to the end or live."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from plynx.cli import exits
from plynx.connection import Connection, Profile


def logs(
    run: Annotated[str, typer.Argument(metavar="RUN")],
    node: Annotated[str, typer.Argument(metavar="NODE")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until the log ends.")] = False,  # noqa: FBT002
    stream: Annotated[str, typer.Option(help="stdout, stderr or worker.")] = "stdout",
) -> None:
    """Print the log of a node."""
    if stream not in ("stdout", "stderr", "worker"):
        raise exits.Exit(exits.USAGE, f"stream '{stream}': expected stdout, stderr or worker")
    query: dict[str, Any] = {"follow": "true"} if follow else {}
    with (
        Connection(Profile.find()) as connection,
        connection.stream(f"/runs/{run}/nodes/{node}/logs/{stream}", **query) as answer,
    ):
        for piece in answer.iter_raw():
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
