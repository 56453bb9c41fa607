"""Documents that people wrote, read into models; what does not fit becomes issues in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plynx_common.domain.errors import Issue
from plynx_common.domain.graph import Graph
from plynx_common.domain.issues import Issues, listed, pointer
from plynx_common.domain.operation import Operation
from plynx_common.domain.parameters import described

M = TypeVar("M", bound=BaseModel)

MOST_ISSUES = 100
"""A document that is wrong throughout needs no longer list."""


def parse_graph(document: Any) -> tuple[Graph | None, list[Issue]]:
    """Never raises; the issues say nothing about meaning yet: that is `validate_graph`."""
    return parse(Graph, document, "graph")


def parse_operation(document: Any) -> tuple[Operation | None, list[Issue]]:
    return parse(Operation, document, "operation")


def parse(model: type[M], document: Any, thing: str) -> tuple[M | None, list[Issue]]:
    if not isinstance(document, Mapping):
        message = f"the {thing} is {described(document)}: expected an object with its fields"
        return None, [Issue("", "invalid_type", message)]
    try:
        return model.model_validate(document), []
    except (ValidationError, RecursionError) as error:
        if isinstance(error, RecursionError):
            return None, [Issue("", "invalid_value", f"the {thing} is nested too deeply: expected at most 64 levels")]
        return None, issues_of(model, error)


def issues_of(model: type[BaseModel], error: ValidationError, prefix: str = "") -> list[Issue]:
    """A pydantic error in our words; for every model that people fill in (the API's request bodies too)."""
    return issues_from(model, error.errors(include_url=False, include_context=True), prefix)


def issues_from(model: type[BaseModel], details: Sequence[ErrorDetails], prefix: str = "") -> list[Issue]:
    """As `issues_of`, where only the details are at hand, as in FastAPI's errors."""
    issues = Issues()
    seen: set[str] = set()
    for detail in details[:MOST_ISSUES]:
        # Of a union, one message per place is enough.
        path = prefix + pointer(*(step for step in detail["loc"] if step != "[key]"))
        if path not in seen:
            seen.add(path)
            code, message = _explained(model, detail, issues)
            issues.error(path, code, message)
    return issues


def _explained(model: type[BaseModel], detail: ErrorDetails, issues: Issues) -> tuple[str, str]:
    loc, value = detail["loc"], detail["input"]
    field = str(loc[-1]) if loc else "document"
    where = _where(loc)
    match detail["type"]:
        case "extra_forbidden":
            known = _fields_at(model, loc[:-1])
            expected = issues.close_match(field, known) or f": expected one of {listed(known, 40)}"
            return "unknown_field", f"field '{field}'{where} is unknown{expected}"
        case "missing":
            return "missing_field", f"field '{field}'{where} is missing: add it"
        case kind if kind in _EXPECTED:
            hint = ": put it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""
            return "invalid_type", f"field '{field}'{where} is {described(value)}, expected {_EXPECTED[kind]}{hint}"
        case _:
            text = detail["msg"][:1].lower() + detail["msg"][1:]
            return "invalid_value", f"field '{field}'{where} is {described(value)}: {text}"


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def _where(loc: tuple[str | int, ...]) -> str:
    path = pointer(*loc[:-1])
    return f" at {path}" if path else ""


def _fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Names of the fields of the model that `loc` leads to, as people write them."""
    annotation: Any = model
    for step in loc:
        annotation = _step(annotation, step)
    found = _model_in(annotation)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _step(annotation: Any, step: str | int) -> Any:
    found = _model_in(annotation) if get_origin(annotation) not in {dict, tuple, list} else None
    if found is None:
        arguments = get_args(annotation)
        return arguments[-1] if get_origin(annotation) is dict else next(iter(arguments), None)
    by_alias = {field.alias or name: field for name, field in found.model_fields.items()}
    field = by_alias.get(str(step)) or found.model_fields.get(str(step))
    return field.annotation if field else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model itself, or the one in `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, BaseModel):
            return argument
    return None
