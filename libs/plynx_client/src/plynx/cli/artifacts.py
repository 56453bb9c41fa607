"""`plynx artifact`: bytes that a run has produced, or that somebody has brought."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from plynx import uploading
from plynx.cli import exits
from plynx.cli.output import Format, Output, show
from plynx.cli.previews import print_preview
from plynx.connection import ApiError, Connection, Profile

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Artifacts: get, put, look.")


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


@app.command("put")
def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What is uploaded.")],
    type: Annotated[str, typer.Option(help="Its type; by default what its name ends with.")] = "",
    name: Annotated[str, typer.Option(help="Make it a file of the catalogue, of this name.")] = "",
    next_version: Annotated[bool, typer.Option("--next-version", help="The name may be there already.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> None:
    """Upload a file; with --name it becomes a file of the catalogue."""
    with Connection(Profile.find()) as connection:
        try:
            receipt = uploading.upload(connection, uploading.hashed(file, type or uploading.type_of(file)))
        except OSError as error:
            raise exits.Exit(exits.USAGE, f"'{file}' cannot be read: {error.strerror or error}") from error
        except uploading.Changed as error:
            raise exits.Exit(exits.RUN_FAILED, f"'{file}': {error}") from error
        if not name:
            kept = {field: receipt[field] for field in ("digest", "size", "type")}
            show(output, kept, {"artifact": "digest", "size": "size", "type": "type"}, name="digest")
            return
        body = {"name": name, "receipt": receipt, "next_version": next_version}
        columns = {"file": "ref", "artifact": "operation.artifact.digest"}
        show(output, connection.post("/files", body), columns, name="ref")


@app.command("preview")
def preview(
    name: Annotated[str, typer.Argument(metavar="DIGEST|RUN/NODE/OUTPUT|TEAM/NAME@VERSION")],
    form: Annotated[str, typer.Option("--as", help="text, table, json, directory, …; by default what it is.")] = "",
    member: Annotated[str, typer.Option(help="Of a directory: this file in it.")] = "",
    rows: Annotated[int, typer.Option(min=0, max=1000, help="Of a table.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """Look into an artifact without downloading it."""
    with Connection(Profile.find()) as connection:
        place = f"/files/{name}" if "@" in name else f"/artifacts/{find(connection, name)[0]}"
        query = {"as": form or None, "member": member or None, "rows": rows}
        print_preview(output, connection.get(f"{place}/preview", **query))


@app.command("whence")
def whence(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file on this machine, from wherever it came.")],
    every: Annotated[bool, typer.Option("--all", help="Look through all runs, not only the latest.")] = False,  # noqa: FBT002
    output: Output = Format.TABLE,
) -> None:
    """Tell what produced these bytes; nothing is uploaded, the SHA-256 is enough."""
    try:
        local = uploading.hashed(file, "")
    except OSError as error:
        raise exits.Exit(exits.USAGE, f"'{file}' cannot be read: {error.strerror or error}") from error
    with Connection(Profile.find()) as connection:
        try:
            lineage = _lineage(connection, local.digest, every=every)
        except ApiError as error:
            if error.code != "not_found":
                raise
            message = f"nothing here has produced '{file}': its SHA-256 {local.digest} is unknown to this team"
            raise exits.Exit(exits.USAGE, message) from error
    if output is not Format.TABLE:
        show(output, lineage, {}, name="digest")
        return
    sys.stdout.write(f"{file}: artifact {lineage['digest']}\nfirst written by {lineage['created_by']}\n")
    for ref in lineage["files"]:
        sys.stdout.write(f"file {ref}\n")
    if lineage["produced_by"]:
        columns = {"run": "run", "node": "node", "output": "output", "state": "state", "ended": "finished_at"}
        show(output, lineage["produced_by"], columns)
    if lineage["next"] is not None:
        sys.stdout.write(f"{lineage['examined']} runs were looked through; --all goes on with older ones\n")


def _lineage(connection: Connection, digest: str, *, every: bool) -> dict[str, Any]:
    found: dict[str, Any] = connection.get(f"/artifacts/{digest}/lineage")
    while every and found["next"] is not None:
        page: dict[str, Any] = connection.get(f"/artifacts/{digest}/lineage", cursor=found["next"])
        for name in ("produced_by", "used_by", "examined"):
            found[name] += page[name]
        found["next"] = page["next"]
    return found


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
