"""The Python sources of the repository, as the architecture tests look at them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One parsed file; `path` is relative to the repository's root."""

    path: str
    text: str
    tree: ast.Module

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of ours: the packages, the tests and the tools."""
    files = [
        path
        for pattern in (
            "libs/*/src/**/*.py",
            "services/*/src/**/*.py",
            "services/web/python/**/*.py",
            "tests/**/*.py",
            "tools/**/*.py",
            "deploy/**/*.py",
        )
        for path in sorted(ROOT.glob(pattern))
    ]
    return tuple(_parse(path) for path in files)


def _parse(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text, filename=str(path)))


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[tuple[str, Function]]:
    """Each function with its qualified name, nested ones included."""
    for name, node in _definitions(source.tree, ""):
        if isinstance(node, Function):
            yield name, node


def classes(source: Source) -> Iterator[tuple[str, ast.ClassDef]]:
    for name, node in _definitions(source.tree, ""):
        if isinstance(node, ast.ClassDef):
            yield name, node


def _definitions(parent: ast.AST, prefix: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Function | ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _definitions(node, f"{prefix}{node.name}.")
        else:
            yield from _definitions(node, prefix)


def names_used(source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Dotted names as the file's imports resolve them: `sleep` after `from asyncio import sleep` is `asyncio.sleep`."""
    imported = _imported_names(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            head, _, rest = _dotted(node).partition(".")
            if head in imported:
                yield f"{imported[head]}.{rest}".rstrip("."), node


def _imported_names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _dotted(node: ast.expr) -> str:
    """`a.b.c`, or nothing where the expression starts with more than a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


@dataclass(frozen=True)
class Violation:
    """`where` (`path` or `path::name`) is what an exception's pattern is matched against."""

    where: str
    line: int
    what: str

    def __str__(self) -> str:
        path, separator, name = self.where.partition("::")
        return f"{path}:{self.line}: {name}{': ' if separator else ''}{self.what}"


def assert_none(violations: list[Violation], exceptions: Mapping[str, str], remedy: str) -> None:
    """No violation but the listed exceptions, and no exception that nothing needs any more."""
    needed = {pattern for pattern in exceptions for found in violations if fnmatchcase(found.where, pattern)}
    left = [found for found in violations if not any(fnmatchcase(found.where, pattern) for pattern in exceptions)]
    assert not left, "\n".join([remedy, *dict.fromkeys(f"  {found}" for found in left)])
    stale = sorted(set(exceptions) - needed)
    assert not stale, f"exceptions that nothing needs any more, remove them from exceptions.py: {stale}"
