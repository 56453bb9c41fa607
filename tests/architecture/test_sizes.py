"""Files, functions and classes stay within the limits of 8-house-style §8."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture import exceptions
from tests.architecture.sources import Function, Source, Violation, assert_none, classes, functions, sources

REMEDY = "cut where the meaning divides, or give the reason in tests/architecture/exceptions.py:"

FUNCTION_LINES = 40
COMPLEXITY = 8
PARAMETERS = 6
PUBLIC_METHODS = 12


def file_limit(path: str) -> int:
    if path.startswith("tests/"):
        return 500
    if PurePosixPath(path).name in {"service.py", "attempt.py"}:
        return 150
    if "/plynx_common/adapters/" in path:
        return 300
    return 400


def test_files_are_short_enough_to_read() -> None:
    found = [
        Violation(source.path, 1, f"{source.line_count} lines, the limit is {file_limit(source.path)}")
        for source in sources()
        if source.line_count > file_limit(source.path)
    ]
    assert_none(found, exceptions.FILE_LINES, REMEDY)


def test_functions_fit_on_a_screen() -> None:
    found = [
        Violation(f"{source.path}::{name}", node.lineno, f"{length(node)} lines, the limit is {FUNCTION_LINES}")
        for source, name, node in every_function()
        if length(node) > FUNCTION_LINES
    ]
    assert_none(found, exceptions.FUNCTION_LINES, REMEDY)


def test_functions_branch_little() -> None:
    found = [
        Violation(f"{source.path}::{name}", node.lineno, f"complexity {complexity(node)}, the limit is {COMPLEXITY}")
        for source, name, node in every_function()
        if complexity(node) > COMPLEXITY
    ]
    assert_none(found, exceptions.COMPLEXITY, REMEDY)


def test_functions_take_few_parameters() -> None:
    found = [
        Violation(f"{source.path}::{name}", node.lineno, f"{parameters(node)} parameters, the limit is {PARAMETERS}")
        for source, name, node in every_function()
        if parameters(node) > PARAMETERS
    ]
    assert_none(found, exceptions.PARAMETERS, REMEDY)


def test_classes_have_few_public_methods() -> None:
    found = [
        Violation(f"{source.path}::{name}", node.lineno, f"{count} public methods, the limit is {PUBLIC_METHODS}")
        for source in sources()
        for name, node in classes(source)
        if (count := public_methods(node)) > PUBLIC_METHODS
    ]
    assert_none(found, exceptions.PUBLIC_METHODS, REMEDY)


def every_function() -> Iterator[tuple[Source, str, Function]]:
    for source in sources():
        for name, node in functions(source):
            yield source, name, node


def length(node: Function) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    first = node.body[0]
    is_docstring = ast.get_docstring(node, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def complexity(node: Function) -> int:
    """McCabe's number as ruff counts it (C901): one, and one for each branch; nested functions stand for themselves."""
    return 1 + sum(_branches(child) for child in _own_nodes(node))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own_nodes(child)


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar):
        return bool(node.orelse) + (not isinstance(node, ast.Try | ast.TryStar))
    if isinstance(node, ast.match_case):
        return not _matches_anything(node)
    return isinstance(node, ast.If | ast.ExceptHandler)


def _matches_anything(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None


def parameters(node: Function) -> int:
    """`self` and `cls` not counted."""
    arguments = node.args
    positional = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]
    bound = positional[:1] in (["self"], ["cls"])
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return len(positional) - bound + len(arguments.kwonlyargs) + len(starred)


def public_methods(node: ast.ClassDef) -> int:
    """Tests are no methods that anybody calls; properties are read, not called."""
    methods = [child for child in node.body if isinstance(child, Function)]
    return sum(not method.name.startswith(("_", "test_")) and not _is_property(method) for method in methods)


def _is_property(method: Function) -> bool:
    return any(ast.unparse(decorator).endswith(("property", ".setter")) for decorator in method.decorator_list)
