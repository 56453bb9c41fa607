"""The browser application keeps its own shape: sizes, who imports whom, and where colours are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import exceptions
from tests.architecture.sources import ROOT, Violation, assert_none

WEB = ROOT / "services/web"
GENERATED = frozenset({"src/api/schema.ts"})
LIMITS = {"src/*.tsx": 200, "src/*.ts": 250, "tests/*.ts": 500}
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*?["']([^"']+)["']|\bimport\(["']([^"']+)["']\)""", re.MULTILINE)
COLOUR = re.compile(r"(?<![\w.&])#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b(?![\w(-])|\b(?:rgb|hsl)a?\(")
OUTSIDE = ("react", "@mantine/", "@xyflow/", "@tanstack/", "zustand", "@codemirror/")
"""What the pure core must not know."""
LAYERS = {
    "graph": {"graph"},
    "i18n": {"i18n"},
    "api": {"api", "graph", "i18n"},
    "ui": {"ui", "api", "i18n"},
    "canvas": {"canvas", "graph", "ui", "i18n", "api"},
    "editor": {"editor", "canvas", "graph", "ui", "i18n", "api"},
    "features": {"features", "canvas", "graph", "ui", "i18n", "api"},
    "app": {"app", "editor", "features", "graph", "ui", "i18n", "api"},
}
"""Folder of `src` -> those it may import."""


def files(pattern: str) -> Iterator[Path]:
    folder, _, name = pattern.partition("/")
    return (path for path in sorted((WEB / folder).rglob(name)) if _place(path) not in GENERATED)


def test_files_are_short_enough_to_read() -> None:
    found = [
        Violation(path.relative_to(ROOT).as_posix(), 1, f"{lines} lines, the limit is {limit}")
        for pattern, limit in LIMITS.items()
        for path in files(pattern)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
    ]
    assert_none(found, exceptions.BROWSER_LINES, "cut where the meaning divides:")


def test_the_core_knows_no_framework() -> None:
    found = [
        Violation(place, 1, f"imports '{name}'")
        for place, name in _imports()
        if place.startswith("src/graph/") and name.startswith(OUTSIDE)
    ]
    assert_none(found, {}, "src/graph is pure: move what needs a framework to src/canvas or src/editor:")


def test_folders_import_only_what_is_below_them_and_no_feature_another() -> None:
    found: list[Violation] = []
    for place, name in _imports():
        if not name.startswith("@/"):
            continue
        importer, imported = place.split("/")[1:], name.split("/")[1:]
        allowed = LAYERS.get(importer[0])
        if allowed is not None and imported[0] not in allowed:
            found.append(Violation(place, 1, f"imports '{name}'"))
        elif importer[0] == imported[0] == "features" and importer[1] != imported[1]:
            found.append(Violation(place, 1, f"imports another feature: '{name}'"))
    assert_none(found, {}, "move what two need to a folder below both (tests/architecture/test_browser_sources.py):")


def test_colours_are_named_in_the_tokens_only() -> None:
    found = [
        Violation(_place(path), number, f"names the colour '{match.group()}'")
        for pattern in ("src/*.css", "src/*.tsx", "src/*.ts")
        for path in files(pattern)
        if path.name != "tokens.css"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := COLOUR.search(line)) and not line.lstrip().startswith(("*", "//", "/*"))
    ]
    assert_none(found, exceptions.BROWSER_COLOURS, "use a variable of src/ui/tokens.css, where both themes have it:")


def _imports() -> Iterator[tuple[str, str]]:
    for pattern in ("src/*.ts", "src/*.tsx"):
        for path in files(pattern):
            for match in IMPORT.finditer(path.read_text(encoding="utf-8")):
                yield _place(path), match.group(1) or match.group(2)


def _place(path: Path) -> str:
    return path.relative_to(WEB).as_posix()
