"""What can be found wrong with a template without values: syntax, undefined names, values that are not quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from plynx_common.runtime.rendering.sandbox import SOURCE_NAME, Sandbox, compiled
from plynx_common.runtime.rendering.values import ALIASES, Group

GUARDS = ("default", "d")
TESTS = ("defined", "undefined")


@dataclass(frozen=True, slots=True)
class Problem:
    line: int | None
    code: str
    message: str
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Declared:
    """What an operation declares: names by singular group, and the parameters whose text should be quoted."""

    groups: Mapping[str, tuple[str, ...]]
    free_text: tuple[str, ...] = ()


def problems(sandbox: Sandbox, template: str, declared: Declared) -> list[Problem]:
    """Raises `RenderError` for what does not compile."""
    compiled(sandbox, template)
    tree = sandbox.parse(template, SOURCE_NAME, SOURCE_NAME)
    try:
        free = find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        return [Problem(error.lineno, "template", error.message or "syntax error")]
    found = [*_loads(tree), *_undefined_names(tree, free), *_undefined_keys(tree, free, declared)]
    found += _unquoted(tree, free, declared)
    return sorted(found, key=lambda problem: problem.line or 0)


def _loads(tree: nodes.Template) -> list[Problem]:
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    return [
        Problem(node.lineno, "template", "a script has no other templates: remove include, import and extends")
        for node in tree.find_all(kinds)
    ]


def _undefined_names(tree: nodes.Template, free: set[str]) -> list[Problem]:
    guarded = {node.name for node in _guarded(tree) if isinstance(node, nodes.Name)}
    unknown = free - set(ALIASES) - guarded
    return [
        Problem(node.lineno, "template", f"'{node.name}' is undefined: a script may name {', '.join(ALIASES)}")
        for node in tree.find_all(nodes.Name)
        if node.name in unknown and node.ctx == "load"
    ]


def _undefined_keys(tree: nodes.Template, free: set[str], declared: Declared) -> list[Problem]:
    guarded = {_lookup(node, free) for node in _guarded(tree)}
    found: list[Problem] = []
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        lookup = _lookup(node, free)
        if lookup is None or lookup in guarded:
            continue
        alias, name = lookup
        known = declared.groups.get(ALIASES[alias], ())
        if name not in known and not (isinstance(node, nodes.Getattr) and name in METHODS):
            group = Group(alias, dict.fromkeys(known))
            found.append(Problem(node.lineno, "template", group.complaint(name)))
    return found


METHODS = ("items", "keys", "values", "get")


def _guarded(tree: nodes.Template) -> list[nodes.Node]:
    """What the template itself allows to be undefined: `x is defined`, `x | default(…)`."""
    filters = (node for node in tree.find_all(nodes.Filter) if node.name in GUARDS)
    tests = (node for node in tree.find_all(nodes.Test) if node.name in TESTS)
    return [node.node for node in (*filters, *tests) if node.node is not None]


def _lookup(node: nodes.Node, free: set[str]) -> tuple[str, str] | None:
    """(`param`, `x`) of `param.x` and `param['x']`, unless the template has given that name a meaning of its own."""
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name):
        return None
    alias = node.node.name
    if alias not in ALIASES or alias not in free:
        return None
    if isinstance(node, nodes.Getattr):
        return alias, node.attr
    return (alias, node.arg.value) if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def _unquoted(tree: nodes.Template, free: set[str], declared: Declared) -> list[Problem]:
    found: list[Problem] = []
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            lookup = _lookup(node, free)
            if lookup and ALIASES[lookup[0]] == "param" and lookup[1] in declared.free_text:
                text = f"parameter '{lookup[1]}' becomes program text: quote it with `| sh`, unless it is meant to"
                found.append(Problem(node.lineno, "unquoted_value", text, "warning"))
    return found
