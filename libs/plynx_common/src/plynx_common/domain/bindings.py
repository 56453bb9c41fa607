"""Node parameters that are no plain values: bound to a graph parameter, or to a scalar output upstream."""

from __future__ import annotations

from typing import Any, cast

PARAM = "$param"
OUTPUT = "$output"


def bound_parameter(value: Any) -> str | None:
    """Name of the graph parameter in `{"$param": name}`; `None` for other and for malformed values."""
    if type(value) is not dict:
        return None
    binding = cast("dict[Any, Any]", value)
    name = binding.get(PARAM)
    return name if isinstance(name, str) and len(binding) == 1 else None


def bound_output(value: Any) -> tuple[str, str] | None:
    """Node and output in `{"$output": {"node": …, "output": …}}`; `None` for other and for malformed values."""
    if type(value) is not dict:
        return None
    binding = cast("dict[Any, Any]", value)
    target = binding.get(OUTPUT)
    if len(binding) != 1 or not isinstance(target, dict):
        return None
    match cast("dict[Any, Any]", target):
        case {"node": str(node), "output": str(output), **rest} if not rest:
            return node, output
        case _:
            return None


def is_binding(value: Any) -> bool:
    """Looks like a binding, well-formed or not: these names are not for plain values."""
    return type(value) is dict and (PARAM in value or OUTPUT in value)
