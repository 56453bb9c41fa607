"""`plynx logs`: the log of a node, as bytes, to the end or live."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from plynx.cli import exits
from plynx.connection import Connection, Profile
from plynx.tailing import tail


def logs(
    run: Annotated[str, typer.Argument(metavar="RUN")],
    node: Annotated[str, typer.Argument(metavar="NODE")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until the log ends.")] = False,  # noqa: FBT002
    stream: Annotated[str, typer.Option(help="stdout, stderr or worker.")] = "stdout",
) -> None:
    """Print the log of a node."""
    if stream not in ("stdout", "stderr", "worker"):
        raise exits.Exit(exits.USAGE, f"stream '{stream}': expected stdout, stderr or worker")
    with Connection(Profile.find()) as connection:
        if follow:
            for said in tail(connection, run, node, stream):
                if isinstance(said, bytes):
                    _write(said)
                elif said.number > 1:
                    exits.say(f"attempt {said.number} of node '{node}' begins")
            return
        with connection.stream(f"/runs/{run}/nodes/{node}/logs/{stream}") as answer:
            for piece in answer.iter_raw():
                _write(piece)


def _write(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
