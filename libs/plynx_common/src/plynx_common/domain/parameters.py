"""Parameter types: which values they take, how those are normalized, and which may stand for which."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

import orjson

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.operation import Parameter
from plynx_common.domain.types import parse_bool, parse_float, parse_int, shortened
from plynx_common.domain.values import canonical_json

LARGEST_INT = 2**53 - 1
"""What JSON carries exactly everywhere, browsers included."""
LONGEST_TEXT = 1024 * 1024
LONGEST_MATCHED_TEXT = 4096
"""Longer texts are not matched against a regular expression: it may take for ever."""


class BadValue(ValueError):
    """Says what was expected; whoever catches it knows the name of the thing."""


@dataclass(frozen=True, slots=True)
class ParameterType:
    name: str
    read: Callable[[Any], Any]
    """The normalized form of a JSON value; raises `BadValue`."""
    empty: Any
    """What a parameter is that has neither value nor default."""
    family: str
    """`number`, `text`, `bool`, `list` or `json`: what bounds apply."""
    takes: frozenset[str]
    """Types of graph parameters and scalar outputs that may be bound to it."""


def _read_int(value: Any) -> int:
    if isinstance(value, str):
        value = _parsed(parse_int, value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(f"expected a whole number, got {described(value)}")
    if abs(value) > LARGEST_INT:
        raise BadValue(
            f"expected a whole number within ±{LARGEST_INT}, got {value}: use a 'str' parameter for larger ones"
        )
    return value


def _read_float(value: Any) -> float:
    if isinstance(value, str):
        value = _parsed(parse_float, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"expected a number, got {described(value)}")
    if isinstance(value, int) and abs(value) > LARGEST_INT:
        raise BadValue(f"expected a number, got an integer beyond ±{LARGEST_INT}: write it as 1e20")
    if not math.isfinite(value):
        raise BadValue(f"expected a finite number, got {value}")
    return float(value)


def _read_bool(value: Any) -> bool:
    if isinstance(value, str):
        value = _parsed(parse_bool, value)
    if not isinstance(value, bool):
        raise BadValue(f"expected true or false, got {described(value)}")
    return value


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        hint = ": put it in quotes" if isinstance(value, int | float) else ""
        raise BadValue(f"expected text, got {described(value)}{hint}")
    if len(value) > LONGEST_TEXT:
        raise BadValue(f"expected at most {LONGEST_TEXT} characters, got {len(value)}: pass large content as an input")
    if "\0" in value:
        raise BadValue("expected text, got one with a NUL character, which no script can take")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadValue("expected Unicode text, got one with a lone surrogate")
    return value


def _read_date(value: Any) -> str:
    text = _read_text(value)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise BadValue(f"expected a date such as 2026-11-23, got {described(text)}") from None


_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SECRET = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_.-]{0,63})?")


def _read_color(value: Any) -> str:
    text = _read_text(value)
    if text and not _COLOR.fullmatch(text):
        raise BadValue(f"expected a color such as #1e90ff, got {described(text)}")
    return "#" + "".join(digit * 2 for digit in text[1:].lower()) if len(text) == 4 else text.lower()


def _read_secret(value: Any) -> str:
    """A secret's name: the content is read when the script starts, and is in no document."""
    text = _read_text(value)
    if not _SECRET.fullmatch(text):
        raise BadValue("expected the name of a secret of the team (letters, digits, '_', '.', '-'), got something else")
    return text


def _read_json(value: Any) -> Any:
    try:
        canonical_json(value)
    except InvalidInput as error:
        raise BadValue(f"expected JSON: {error.message}") from None
    return value


def _list_of(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read_list(value: Any) -> list[Any]:
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = _parsed_json(value)
        if not isinstance(value, list | tuple):
            raise BadValue(f"expected a list, such as [1, 2], got {described(value)}")
        items: list[Any] = []
        for position, item in enumerate(cast("Sequence[Any]", value)):
            try:
                items.append(read(item))
            except BadValue as error:
                raise BadValue(f"item {position}: {error}") from None
        return items

    return read_list


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise BadValue(f"{error}, got {described(text)}") from None


def _parsed_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadValue(f"expected JSON, got {described(text)} ({error})") from None


def described(value: Any) -> str:
    """A value for a message: its JSON kind and a glimpse of it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text '{shortened(value, 40)}'"
        case int() | float():
            return f"the number {shortened(str(value), 40)}"
        case list() | tuple():
            return f"a list of {len(cast('list[Any]', value))}"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


_TEXTS = frozenset({"str", "text", "enum", "code", "date", "color", "secret"})
_PLAIN = _TEXTS - {"secret"} | {"int", "float", "bool"}
_LISTS = frozenset({"list_int", "list_float", "list_str"})


def _text(name: str, read: Callable[[Any], Any], takes: frozenset[str] = _TEXTS - {"secret"}) -> ParameterType:
    return ParameterType(name, read, "", "text", takes)


PARAMETER_TYPES: dict[str, ParameterType] = {
    entry.name: entry
    for entry in (
        ParameterType("int", _read_int, 0, "number", frozenset({"int"})),
        ParameterType("float", _read_float, 0.0, "number", frozenset({"int", "float"})),
        ParameterType("bool", _read_bool, False, "bool", frozenset({"bool"})),
        _text("str", _read_text),
        _text("text", _read_text),
        _text("enum", _read_text),
        _text("code", _read_text),
        _text("date", _read_date),
        _text("color", _read_color),
        _text("secret", _read_secret, frozenset({"secret"})),
        ParameterType("list_int", _list_of(_read_int), (), "list", frozenset({"list_int"})),
        ParameterType("list_float", _list_of(_read_float), (), "list", frozenset({"list_int", "list_float"})),
        ParameterType("list_str", _list_of(_read_text), (), "list", frozenset({"list_str"})),
        ParameterType("json", _read_json, None, "json", _PLAIN | _LISTS | {"json"}),
    )
}


def coerce(parameter: Parameter, value: Any) -> Any:
    """The value as scripts and cache keys see it; raises `BadValue` for one that the declaration does not allow."""
    kind = PARAMETER_TYPES.get(parameter.type)
    if kind is None:
        raise BadValue(f"its type '{parameter.type}' is unknown: expected one of {', '.join(PARAMETER_TYPES)}")
    found = kind.read(value)
    items: Sequence[Any] = (found,)
    if kind.family == "list":
        _check_length(parameter, len(found))
        items = found
    if parameter.choices:
        _check_choices(parameter, items)
    if parameter.min is not None or parameter.max is not None:
        _check_range(parameter, items)
    if parameter.regex is not None:
        _check_regex(parameter.regex, items)
    return found


def default_of(parameter: Parameter) -> Any:
    """What a node gets that says nothing: the default, an enum's first choice, or what is empty in its type."""
    if parameter.default is not None:
        return coerce(parameter, parameter.default)
    if parameter.type == "enum" and parameter.choices:
        return parameter.choices[0]
    kind = PARAMETER_TYPES.get(parameter.type)
    if kind is None:
        return coerce(parameter, None)
    return list(kind.empty) if kind.family == "list" else kind.empty


def from_text(parameter: Parameter, text: str) -> Any:
    """A value typed by a person into a command line or a form: JSON and lists in JSON, all else as it stands."""
    if parameter.type == "json":
        return coerce(parameter, _parsed_json(text))
    if parameter.type in _LISTS and not text.lstrip().startswith("["):
        return coerce(parameter, [item.strip() for item in text.split(",")] if text.strip() else [])
    return coerce(parameter, text)


def may_be_bound(parameter_type: str, source_type: str) -> bool:
    """May a graph parameter, or a scalar output, of `source_type` be bound to a parameter of `parameter_type`?"""
    kind = PARAMETER_TYPES.get(parameter_type)
    return kind is not None and source_type in kind.takes


def bind(graph_parameters: Mapping[str, Any], name: str) -> Any:
    """The value of a graph parameter; raises `BadValue` that names it."""
    try:
        return graph_parameters[name]
    except KeyError:
        raise BadValue(f"the graph has no parameter '{name}'") from None


def _check_length(parameter: Parameter, length: int) -> None:
    if length < parameter.min_items:
        raise BadValue(f"expected at least {parameter.min_items} item(s), got {length}")
    if parameter.max_items is not None and length > parameter.max_items:
        raise BadValue(f"expected at most {parameter.max_items} item(s), got {length}")


def _check_choices(parameter: Parameter, items: Sequence[Any]) -> None:
    for item in items:
        # 1 == True in Python, and not for the person who wrote the choices.
        if not any(
            item == choice and (isinstance(item, bool) is isinstance(choice, bool)) for choice in parameter.choices
        ):
            choices = ", ".join(f"'{shortened(str(choice), 40)}'" for choice in parameter.choices[:20])
            raise BadValue(f"expected one of {choices}, got {described(item)}")


def _check_range(parameter: Parameter, items: Sequence[Any]) -> None:
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | float):
            continue
        if parameter.min is not None and item < parameter.min:
            raise BadValue(f"expected at least {parameter.min:g}, got {item}")
        if parameter.max is not None and item > parameter.max:
            raise BadValue(f"expected at most {parameter.max:g}, got {item}")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Raises `BadValue`."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadValue(f"its regex '{shortened(pattern)}' does not compile: {error}") from None


def _check_regex(pattern: str, items: Sequence[Any]) -> None:
    for item in items:
        if not isinstance(item, str):
            continue
        if len(item) > LONGEST_MATCHED_TEXT:
            raise BadValue(f"expected at most {LONGEST_MATCHED_TEXT} characters beside a regex, got {len(item)}")
        if not compiled(pattern).fullmatch(item):
            raise BadValue(f"expected text that matches '{shortened(pattern)}', got {described(item)}")
