"""`plynx artifact`: bytes that a run has produced."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from plynx.cli import exits
from plynx.connection import Connection, Profile

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Artifacts: get.")


@app.callback()
def artifact() -> None:
    """Artifacts: bytes named by their SHA-256."""


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(metavar="DIGEST|RUN/NODE/OUTPUT", help="A digest, or an output of a run.")],
    to: Annotated[str, typer.Option("--to", "-t", help="File to write; - for standard output.")] = "",
) -> None:
    """Download an artifact; its digest is checked before the file takes its name."""
    with Connection(Profile.find()) as connection:
        digest, default_name = find(connection, name)
        if to == "-":
            with connection.stream(f"/artifacts/{digest}/download") as answer:
                for piece in answer.iter_bytes():
                    sys.stdout.buffer.write(piece)
            return
        target = Path(to or default_name)
        download(connection, digest, target)
    sys.stdout.write(f"{target}\n")


def find(connection: Connection, name: str) -> tuple[str, str]:
    """Digest and a file name. Raises `Exit` where the run has no such output."""
    if "/" not in name:
        return name, name
    run, node, output = (*name.split("/"), "", "")[:3]
    outputs: dict[str, dict[str, Any]] = connection.get(f"/runs/{run}/nodes/{node}").get("outputs") or {}
    if output not in outputs:
        known = ", ".join(f"'{each}'" for each in outputs) or "none yet"
        raise exits.Exit(exits.USAGE, f"node '{node}' of run '{run}' has no output '{output}'; it has: {known}")
    return outputs[output]["digest"], output


def download(connection: Connection, digest: str, target: Path) -> None:
    """Whole and correct, or not at all. Raises `Exit`."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    seen = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with connection.stream(f"/artifacts/{digest}/download") as answer, draft.open("wb") as file:
            for piece in answer.iter_bytes():
                seen.update(piece)
                file.write(piece)
        if seen.hexdigest() != digest:
            raise exits.Exit(
                exits.RUN_FAILED, f"what arrived is not artifact '{digest}': its digest differs; try again"
            )
        draft.replace(target)
    except OSError as error:
        raise exits.Exit(exits.RUN_FAILED, f"'{target}' cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
