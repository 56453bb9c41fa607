"""What makes an operation valid, whether it is in the catalogue or travels inside a graph."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from plynx_common.domain.errors import Issue
from plynx_common.domain.ids import DIGEST, NAME, OPERATION_NAME, TEAM
from plynx_common.domain.issues import Issues, check_name, listed, pointer
from plynx_common.domain.kinds import FILE_KIND, KINDS
from plynx_common.domain.operation import Input, Operation, Parameter
from plynx_common.domain.parameters import PARAMETER_TYPES, BadValue, coerce, compiled
from plynx_common.domain.types import TYPES

LONGEST_REGEX = 500
LONGEST_TIMEOUT = 60 * 24 * 365.0
"""Minutes."""
MOST_RETRIES = 100
POOL = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,38}/)?[a-z0-9][a-z0-9_-]{0,62}")
REQUIREMENT = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]*\])?\s*(==\s*[A-Za-z0-9.!+_-]+|@\s*[a-z+]+://\S+)(\s*;[^\n]*)?"
)
"""Locked: a name with one version or one address; hashes and options are not of the operation."""
RESERVED_VARIABLES = ("PLYNX_",)
_NESTED_REPEAT = re.compile(r"(?:(?<!\\)[+*]|,\})[?+]?\)(?:[+*]|\{[0-9]+,\})")


def validate_operation(operation: Operation, *, kinds: Collection[str] | None = None, path: str = "") -> list[Issue]:
    """Never raises. `kinds`: what workers execute; `path`: where the operation stands in a larger document."""
    issues = Issues()
    check_name(issues, f"{path}/name", operation.name, OPERATION_NAME, "operation")
    if operation.team:
        check_name(issues, f"{path}/team", operation.team, TEAM, "team")
    if operation.version < 1:
        issues.error(
            f"{path}/version", "invalid_value", f"version {operation.version} is no version: expected 1 or more"
        )
    _check_kind(issues, operation, path, KINDS if kinds is None else kinds)
    _check_ports(issues, operation, path)
    check_parameters(issues, operation.parameters, f"{path}/parameters")
    _check_limits(issues, operation, path)
    _check_environment(issues, operation, path)
    return issues


def _check_kind(issues: Issues, operation: Operation, path: str, kinds: Collection[str]) -> None:
    kind = operation.kind
    if kind not in kinds:
        hint = issues.close_match(kind, kinds)
        issues.error(
            f"{path}/kind", "unknown_kind", f"kind '{kind}' is unknown{hint}: expected one of {listed(sorted(kinds))}"
        )
    known = KINDS.get(kind)
    if known and known.needs_cmd and not operation.cmd.strip():
        issues.error(
            f"{path}/cmd", "missing_cmd", f"operation '{operation.name}' has no 'cmd': write the script that it runs"
        )
    if "\0" in operation.cmd:
        issues.error(
            f"{path}/cmd", "invalid_value", f"'cmd' of operation '{operation.name}' holds a NUL character: remove it"
        )
    if kind == FILE_KIND:
        _check_file(issues, operation, path)
    elif operation.artifact is not None:
        issues.error(
            f"{path}/artifact",
            "invalid_value",
            f"operation '{operation.name}' of kind '{kind}' has an artifact: only kind '{FILE_KIND}' may, remove it",
        )


def _check_file(issues: Issues, operation: Operation, path: str) -> None:
    name = operation.name
    if operation.artifact is None:
        issues.error(f"{path}/artifact", "missing_artifact", f"file '{name}' has no artifact: upload its content")
    elif not DIGEST.fullmatch(operation.artifact.digest):
        issues.error(
            f"{path}/artifact/digest",
            "invalid_value",
            f"digest '{operation.artifact.digest}' of file '{name}' is no SHA-256: expected 64 lower-case hex digits",
        )
    if operation.inputs:
        issues.error(f"{path}/inputs", "invalid_value", f"file '{name}' has inputs: a file has none, remove them")
    if len(operation.outputs) != 1:
        issues.error(
            f"{path}/outputs", "invalid_value", f"file '{name}' has {len(operation.outputs)} outputs: expected one"
        )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def _check_names(issues: Issues, things: Sequence[_Named], path: str, noun: str) -> None:
    seen: dict[str, int] = {}
    for index, thing in enumerate(things):
        where = f"{path}/{index}/name"
        check_name(issues, where, thing.name, NAME, noun)
        seen[thing.name] = seen.get(thing.name, 0) + 1
        if seen[thing.name] == 2:  # once is enough
            issues.error(where, "duplicate_id", f"{noun} '{thing.name}' is declared twice: rename or remove one")


def _check_ports(issues: Issues, operation: Operation, path: str) -> None:
    _check_names(issues, operation.inputs, f"{path}/inputs", "input")
    _check_names(issues, operation.outputs, f"{path}/outputs", "output")
    for index, port in enumerate(operation.inputs):
        where = f"{path}/inputs/{index}"
        _check_count(issues, port, where)
        if not port.types:
            issues.error(
                f"{where}/types", "unknown_type", f"input '{port.name}' takes no type: name one, such as 'file'"
            )
        for position, name in enumerate(port.types):
            _check_type(issues, f"{where}/types/{position}", name, f"input '{port.name}'")
    for index, output in enumerate(operation.outputs):
        _check_type(issues, f"{path}/outputs/{index}/type", output.type, f"output '{output.name}'")


def _check_count(issues: Issues, port: Input, where: str) -> None:
    name, least, most = port.name, port.min, port.max
    if least < 0:
        issues.error(f"{where}/min", "invalid_range", f"input '{name}' has min {least}: expected 0 (optional) or more")
    elif most == 0:
        issues.error(
            f"{where}/max", "invalid_range", f"input '{name}' has max 0: expected 1 or more, or -1 for any number"
        )
    elif 0 < most < least:
        issues.error(
            f"{where}/max", "invalid_range", f"input '{name}' has max {most} below min {least}: raise max or lower min"
        )


def _check_type(issues: Issues, where: str, name: str, thing: str) -> None:
    if name not in TYPES:
        hint = issues.close_match(name, TYPES)
        issues.error(
            where, "unknown_type", f"type '{name}' of {thing} is unknown{hint}: expected one of {listed(TYPES, 30)}"
        )


def check_parameters(issues: Issues, parameters: Sequence[Parameter], path: str) -> None:
    """Declarations, of an operation or of a graph."""
    _check_names(issues, parameters, path, "parameter")
    for index, parameter in enumerate(parameters):
        _check_parameter(issues, parameter, f"{path}/{index}")


def _check_parameter(issues: Issues, parameter: Parameter, where: str) -> None:
    name = parameter.name
    kind = PARAMETER_TYPES.get(parameter.type)
    if kind is None:
        hint = issues.close_match(parameter.type, PARAMETER_TYPES)
        issues.error(
            f"{where}/type",
            "unknown_type",
            f"type '{parameter.type}' of parameter '{name}' is unknown{hint}: "
            f"expected one of {listed(PARAMETER_TYPES, 30)}",
        )
        return
    before = len(issues)
    for problem_path, problem in _bound_problems(parameter, kind.family):
        issues.error(f"{where}/{problem_path}", "invalid_declaration", f"parameter '{name}' {problem}")
    if len(issues) > before:
        return
    for position, choice in enumerate(parameter.choices):
        _check_choice(issues, parameter, choice, f"{where}/choices/{position}")
    if parameter.default is not None:
        try:
            coerce(parameter, parameter.default)
        except BadValue as error:
            issues.error(f"{where}/default", "invalid_parameter", f"default of parameter '{name}': {error}")


def _bound_problems(parameter: Parameter, family: str) -> Iterable[tuple[str, str]]:
    """Field and what is wrong with it."""
    if parameter.type == "enum" and not parameter.choices:
        yield "choices", "is an enum with no choices: list them"
    yield from _range_problems(parameter)
    yield from _length_problems(parameter, family)
    if parameter.regex is not None:
        if family != "text" and parameter.type != "list_str":
            yield "regex", f"has a regex: only text may, and it is '{parameter.type}'"
        elif problem := _regex_problem(parameter.regex):
            yield "regex", problem


def _range_problems(parameter: Parameter) -> Iterable[tuple[str, str]]:
    least, most = parameter.min, parameter.max
    if (least is not None or most is not None) and parameter.type not in _WITH_RANGE:
        yield "min" if least is not None else "max", f"has a range: only numbers may, and it is '{parameter.type}'"
    elif least is not None and most is not None and most < least:
        yield "max", f"has max {most:g} below min {least:g}"


_WITH_RANGE = {"int", "float", "list_int", "list_float"}


def _length_problems(parameter: Parameter, family: str) -> Iterable[tuple[str, str]]:
    least, most = parameter.min_items, parameter.max_items
    if (least or most is not None) and family != "list":
        yield "min_items", f"counts items: only lists have some, and it is '{parameter.type}'"
    elif least < 0 or (most is not None and most < least):
        yield "max_items", "has an impossible number of items: expected 0 ≤ min_items ≤ max_items"


def _regex_problem(regex: str) -> str | None:
    if len(regex) > LONGEST_REGEX:
        return f"has a regex of {len(regex)} characters: expected at most {LONGEST_REGEX}"
    if _NESTED_REPEAT.search(regex):
        return f"has a regex '{regex}' that repeats a repetition, which can take for ever: write it without"
    try:
        compiled(regex)
    except BadValue as error:
        return f"cannot be checked: {error}"
    return None


def _check_choice(issues: Issues, parameter: Parameter, choice: object, where: str) -> None:
    kind = PARAMETER_TYPES[parameter.type]
    try:
        read = kind.read([choice] if kind.family == "list" else choice)
    except BadValue as error:
        issues.error(where, "invalid_parameter", f"choice of parameter '{parameter.name}': {error}")
        return
    item = read[0] if kind.family == "list" else read
    if item != choice:
        message = f"choice '{choice}' of parameter '{parameter.name}' is not in its normal form: write it as '{item}'"
        issues.error(where, "invalid_parameter", message)


def _check_limits(issues: Issues, operation: Operation, path: str) -> None:
    def refuse(field: str, value: object, expected: str) -> None:
        message = f"'{field}' of operation '{operation.name}' is {value}: expected {expected}"
        issues.error(f"{path}/{field}", "invalid_value", message)

    if not (math.isfinite(operation.timeout) and 0 < operation.timeout <= LONGEST_TIMEOUT):
        refuse("_timeout", operation.timeout, "minutes above 0, at most a year")
    if not 0 <= operation.retries <= MOST_RETRIES:
        refuse("retries", operation.retries, f"0 to {MOST_RETRIES}")
    if not (math.isfinite(operation.retry_delay) and operation.retry_delay >= 0):
        refuse("retry_delay", operation.retry_delay, "seconds, 0 or more")
    for code in operation.retry_on:
        if not 1 <= code <= 255:
            refuse("retry_on", code, "exit codes of 1 to 255")
    if operation.pool and not POOL.fullmatch(operation.pool):
        refuse("pool", f"'{operation.pool}'", "a pool's name, such as 'gpu' or 'team/gpu'")
    needs = operation.resources
    if not math.isfinite(needs.cpu) or needs.cpu < 0 or needs.memory < 0 or needs.gpu < 0:
        refuse("resources", f"cpu {needs.cpu}, memory {needs.memory}, gpu {needs.gpu}", "0 or more of each")


def _check_environment(issues: Issues, operation: Operation, path: str) -> None:
    for index, line in enumerate(operation.environment.requirements):
        if not REQUIREMENT.fullmatch(line):
            where = path + pointer("environment", "requirements", str(index))
            expected = "one version, as in 'pandas==2.2.3' or 'tool @ https://host/tool-1.0-py3-none-any.whl'"
            issues.error(where, "invalid_value", f"requirement '{line}' is not locked: expected {expected}")
    for name, value in operation.env.items():
        where = path + pointer("env", name)
        if not NAME.fullmatch(name) or name.startswith(RESERVED_VARIABLES):
            expected = "letters, digits and '_', not beginning with a digit or with 'PLYNX_'"
            issues.error(where, "bad_name", f"variable '{name}' of operation '{operation.name}': expected {expected}")
        if "\0" in value:
            issues.error(where, "invalid_value", f"variable '{name}' holds a NUL character: remove it")
