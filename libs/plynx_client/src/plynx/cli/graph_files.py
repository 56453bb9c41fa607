"""Graph files that know which saved graph they are: a comment in their first line, which nothing else reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plynx.cli import exits
from plynx_common.domain.graph_yaml import to_yaml

_MARK = re.compile(r"# plynx graph (?P<id>[\w-]+) revision (?P<revision>[0-9]{1,9})\s*\n")


@dataclass(frozen=True, slots=True)
class Mark:
    id: str
    revision: int
    """That the file was made from, or saved as."""

    @property
    def line(self) -> str:
        return f"# plynx graph {self.id} revision {self.revision}\n"


def mark_of(file: Path) -> Mark | None:
    """Raises `Exit` for a file that cannot be read."""
    try:
        found = _MARK.match(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise exits.Exit(exits.USAGE, f"'{file}' cannot be read: {error}") from error
    return None if found is None else Mark(found["id"], int(found["revision"]))


def write_graph(file: Path, mark: Mark, document: Any) -> None:
    """Raises `Exit`."""
    write(file, mark.line + to_yaml(document))


def set_mark(file: Path, mark: Mark) -> None:
    """The rest of the file stays as somebody wrote it; JSON takes no comments."""
    if file.suffix != ".json":
        text = file.read_text(encoding="utf-8")
        write(file, mark.line + _MARK.sub("", text, count=1))


def write(file: Path, text: str) -> None:
    """Whole, or not at all. Raises `Exit`."""
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        raise exits.Exit(exits.RUN_FAILED, f"'{file}' cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
