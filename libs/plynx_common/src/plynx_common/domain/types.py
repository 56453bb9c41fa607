"""Artifact types: what flows through a link, what may stand where, and how scalars are read from text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from plynx_common.domain.errors import InvalidInput, Misconfigured

Scalar = int | float | str | bool

ENTRY_POINT_GROUP = "plynx.types"
"""Plugins: each entry point is an `ArtifactType`. They are loaded by the runtime, and added with `register_type`."""

FILE = "file"


@dataclass(frozen=True, slots=True)
class ArtifactType:
    name: str
    content_type: str
    suffix: str = ""
    """Of the file's name when somebody downloads it."""
    parse: Callable[[str], Scalar] | None = None
    """Only scalars have it: the value in the file's text. Raises `ValueError` that says what was expected."""
    stands_for: tuple[str, ...] = ()
    """Other types it is accepted as, besides `file` for everything that is no scalar."""
    description: str = ""

    @property
    def is_scalar(self) -> bool:
        return self.parse is not None

    @property
    def is_file_like(self) -> bool:
        return self.parse is None


_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE)
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def parse_int(text: str) -> int:
    if not _INT.fullmatch(text.strip()):
        raise ValueError("expected a whole number, such as 42")
    return int(text)


def parse_float(text: str) -> float:
    if not _FLOAT.fullmatch(text.strip()):
        raise ValueError("expected a number, such as 0.5 or 1e-3")
    return float(text)


def parse_bool(text: str) -> bool:
    try:
        return _BOOLS[text.strip().lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def parse_str(text: str) -> str:
    """Without the one line break that `echo` and `print` end their text with."""
    return text.removesuffix("\n").removesuffix("\r")


_BYTES = "application/octet-stream"

BUILT_IN: tuple[ArtifactType, ...] = (
    ArtifactType(FILE, _BYTES, description="Any file."),
    ArtifactType("json", "application/json", ".json"),
    ArtifactType("csv", "text/csv; charset=utf-8", ".csv", description="Comma-separated values with a header."),
    ArtifactType("tsv", "text/tab-separated-values; charset=utf-8", ".tsv", description="As csv, with tabs."),
    ArtifactType("text", "text/plain; charset=utf-8", ".txt"),
    ArtifactType("image", _BYTES, description="PNG, JPEG, SVG, …: told apart by content, when shown."),
    ArtifactType("pdf", "application/pdf", ".pdf"),
    ArtifactType("html", "text/html; charset=utf-8", ".html"),
    ArtifactType("executable", _BYTES, description="Made executable when downloaded."),
    ArtifactType("directory", "application/zip", ".zip", description="A directory; stored as a deterministic zip."),
    ArtifactType("cloud-storage", "application/json", ".json", description='JSON {"path": "s3://…"}.'),
    ArtifactType("parquet", "application/vnd.apache.parquet", ".parquet"),
    ArtifactType("model", _BYTES, description="A trained model, in whatever form its operations agree on."),
    ArtifactType("metrics", "application/json", ".json", description="JSON object of numbers by name."),
    ArtifactType("int", "text/plain; charset=utf-8", ".txt", parse_int, stands_for=("float",)),
    ArtifactType("float", "text/plain; charset=utf-8", ".txt", parse_float),
    ArtifactType("str", "text/plain; charset=utf-8", ".txt", parse_str),
    ArtifactType("bool", "text/plain; charset=utf-8", ".txt", parse_bool),
)

TYPES: dict[str, ArtifactType] = {entry.name: entry for entry in BUILT_IN}
"""Every type this process knows."""

_TYPE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


def register_type(new: ArtifactType) -> None:
    """Adds a plugin's type; the same one twice is fine. Raises `Misconfigured` for a bad name or one that is taken."""
    if not _TYPE_NAME.fullmatch(new.name):
        raise Misconfigured(f"type '{new.name}' of a plugin has a bad name: use lower-case letters, digits and '-'")
    if TYPES.setdefault(new.name, new) != new:
        raise Misconfigured(f"type '{new.name}' is declared twice: remove one of the plugins of '{ENTRY_POINT_GROUP}'")


def accepts(input_types: Iterable[str], output_type: str) -> bool:
    """May an output of this type be linked to an input of these?"""
    source = TYPES.get(output_type)
    if source is None:
        return False
    return any(
        wanted == output_type or wanted in source.stands_for or (wanted == FILE and source.is_file_like)
        for wanted in input_types
    )


def content_type_of(type_name: str) -> str:
    """Plain bytes for a type nobody here knows."""
    known = TYPES.get(type_name)
    return known.content_type if known else _BYTES


def parse_scalar(type_name: str, text: str) -> Scalar:
    """The value of a scalar artifact; raises `InvalidInput` for text that holds none."""
    known = TYPES.get(type_name)
    if known is None or known.parse is None:
        raise InvalidInput(f"type '{type_name}' is no scalar: its content cannot be used as a parameter")
    try:
        return known.parse(text)
    except ValueError as error:
        raise InvalidInput(f"'{shortened(text)}' is no {type_name}: {error}") from None


def shortened(text: str, limit: int = 80) -> str:
    """For messages: one line, not endless."""
    line = text if text.isprintable() else repr(text)[1:-1]
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
