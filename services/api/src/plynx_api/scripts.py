"""What only the kinds can say about an operation: mistakes in its script, and the script as a worker would run it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from plynx_common.domain.errors import InvalidInput, Issue
from plynx_common.domain.failure import Failure
from plynx_common.domain.issues import Issues, has_errors, listed, pointer, summary
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.operation import Operation, Parameter
from plynx_common.domain.operation_validation import validate_operation
from plynx_common.domain.parameters import BadValue, coerce, default_of
from plynx_common.runtime.kinds.kind import Script
from plynx_common.runtime.kinds.registry import Kinds

REMEMBERED = 1000


class Scripts:
    """Templates are rendered in the kinds' own limited process, never in this one."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._checked: OrderedDict[str, tuple[Issue, ...]] = OrderedDict()

    @property
    def kind_names(self) -> frozenset[str]:
        """What a graph may use; files need no worker."""
        return frozenset(self._kinds) | {FILE_KIND}

    async def check(self, operation: Operation) -> list[Issue]:
        """Of the declaration and of the script; never raises."""
        issues = validate_operation(operation)
        return issues if has_errors(issues) else [*issues, *await self._check_script(operation)]

    async def check_own(self, operations: Mapping[str, Operation]) -> list[Issue]:
        """Of the scripts that travel with a graph; those of the catalogue were checked when they were approved.

        `operations`: the graph's own, by the keys that its nodes name; issues point into the graph.
        """
        names = list(operations)
        found = await asyncio.gather(*(self._check_script(operations[name]) for name in names))
        return [
            Issue(
                pointer("operations", name) + issue.path,
                issue.code,
                f"operation '{name}': {issue.message}",
                issue.severity,
            )
            for name, issues in zip(names, found, strict=True)
            for issue in issues
        ]

    async def preview(self, operation: Operation, parameters: Mapping[str, Any]) -> Script:
        """With placeholder paths; raises `InvalidInput` that names what cannot be rendered, and its line."""
        issues = await self.check(operation)
        if has_errors(issues):
            raise InvalidInput(f"operation '{operation.name}' has no script: {summary(issues)}", tuple(issues))
        if operation.kind not in self._kinds:
            raise InvalidInput(f"operation '{operation.name}' of kind '{operation.kind}' executes nothing: no preview")
        values = _values(operation.parameters, parameters)
        script = await self._kinds.preview(operation, values)
        if isinstance(script, Failure):
            issue = Issue("/cmd", script.kind.value, script.message)
            raise InvalidInput(f"operation '{operation.name}' cannot be rendered: {script.message}", (issue,))
        return script

    async def _check_script(self, operation: Operation) -> tuple[Issue, ...]:
        kind = self._kinds.get(operation.kind)
        if kind is None:
            return ()
        content = operation.model_dump_json()
        known = self._checked.get(content)
        if known is None:
            known = self._checked[content] = await kind.check(operation)
            if len(self._checked) > REMEMBERED:
                self._checked.popitem(last=False)
        return known


def _values(declared: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    by_name = {parameter.name: parameter for parameter in declared}
    issues = Issues()
    for name in given:
        if name not in by_name:
            hint = issues.close_match(name, by_name) or f": expected one of {listed(by_name)}"
            issues.error(pointer("parameters", name), "unknown_parameter", f"there is no parameter '{name}'{hint}")
    values: dict[str, Any] = {}
    for name, parameter in by_name.items():
        try:
            values[name] = default_of(parameter) if given.get(name) is None else coerce(parameter, given[name])
        except BadValue as error:
            issues.error(pointer("parameters", name), "invalid_parameter", f"parameter '{name}': {error}")
    if issues:
        raise InvalidInput(f"the parameters are not valid: {summary(issues)}", tuple(issues))
    return values
