"""As much of JSON Schema 2020-12 as the schema of Compose uses; a keyword beyond that is an error, not ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
TELLING = {"$defs", "$id", "$schema", "default", "deprecated", "description", "format", "title"}
"""What says nothing about a value."""
NEIGHBOURS = {"patternProperties", "properties"}
"""Of `additionalProperties`, which does their work too."""

Schema = Mapping[str, Any]
Part = Schema | bool
"""`true` takes everything, `false` nothing."""


class Checker:
    """Of one document against one schema; yields a line for each thing that is wrong."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def check(self, document: Any) -> list[str]:
        return list(self._problems(self._root, document, ""))

    def _problems(self, schema: Part, value: Any, place: str) -> Iterator[str]:
        if isinstance(schema, bool):
            if not schema:
                yield f"{place}: not expected"
            return
        for keyword, wanted in schema.items():
            if keyword in TELLING:
                continue
            check = getattr(self, f"_{keyword.removeprefix('$')}", None)
            if check is None:
                raise NotImplementedError(f"keyword '{keyword}' of the schema: teach it to {__name__}")
            yield from check(wanted, value, place, schema)

    def _ref(self, name: str, value: Any, place: str, _: Schema) -> Iterator[str]:
        yield from self._problems(self._named(name), value, place)

    def _type(self, names: str | list[str], value: Any, place: str, _: Schema) -> Iterator[str]:
        wanted = [names] if isinstance(names, str) else names
        if not any(TYPES[name](value) for name in wanted):
            yield f"{place}: {value!r} is no {' or '.join(wanted)}"

    def _enum(self, values: list[Any], value: Any, place: str, _: Schema) -> Iterator[str]:
        if value not in values:
            yield f"{place}: {value!r} is none of {values}"

    def _const(self, wanted: Any, value: Any, place: str, _: Schema) -> Iterator[str]:
        yield from self._enum([wanted], value, place, {})

    def _pattern(self, pattern: str, value: Any, place: str, _: Schema) -> Iterator[str]:
        if isinstance(value, str) and not re.search(pattern, value):
            yield f"{place}: {value!r} does not match {pattern}"

    def _minimum(self, least: float, value: Any, place: str, _: Schema) -> Iterator[str]:
        if TYPES["number"](value) and value < least:
            yield f"{place}: {value} is less than {least}"

    def _maximum(self, most: float, value: Any, place: str, _: Schema) -> Iterator[str]:
        if TYPES["number"](value) and value > most:
            yield f"{place}: {value} is more than {most}"

    def _items(self, schema: Schema, value: Any, place: str, _: Schema) -> Iterator[str]:
        for number, item in enumerate(cast("list[Any]", value) if isinstance(value, list) else ()):
            yield from self._problems(schema, item, f"{place}/{number}")

    def _uniqueItems(self, is_wanted: bool, value: Any, place: str, _: Schema) -> Iterator[str]:  # noqa: FBT001, N802
        items = [repr(item) for item in cast("list[Any]", value)] if isinstance(value, list) else []
        if is_wanted and len(set(items)) < len(items):
            yield f"{place}: has an item twice"

    def _required(self, names: list[str], value: Any, place: str, _: Schema) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{place}: has no '{name}'" for name in names if name not in value)

    def _allOf(self, schemas: list[Schema], value: Any, place: str, _: Schema) -> Iterator[str]:  # noqa: N802
        for schema in schemas:
            yield from self._problems(schema, value, place)

    def _anyOf(self, schemas: list[Schema], value: Any, place: str, _: Schema) -> Iterator[str]:  # noqa: N802
        tried = [list(self._problems(schema, value, place)) for schema in schemas]
        if all(tried):
            yield f"{place}: {value!r} fits no choice: {' | '.join(min(tried, key=len))}"

    def _oneOf(self, schemas: list[Schema], value: Any, place: str, _: Schema) -> Iterator[str]:  # noqa: N802
        yield from self._anyOf(schemas, value, place, {})
        if sum(not list(self._problems(schema, value, place)) for schema in schemas) > 1:
            yield f"{place}: {value!r} fits more than one choice"

    def _properties(self, schemas: Schema, value: Any, place: str, _: Schema) -> Iterator[str]:
        for name, schema in schemas.items() if isinstance(value, dict) else ():
            if name in value:
                yield from self._problems(schema, value[name], f"{place}/{name}")

    def _patternProperties(self, schemas: Schema, value: Any, place: str, _: Schema) -> Iterator[str]:  # noqa: N802
        for name, content in cast("dict[str, Any]", value).items() if isinstance(value, dict) else ():
            for pattern, schema in schemas.items():
                if re.search(pattern, str(name)):
                    yield from self._problems(schema, content, f"{place}/{name}")

    def _additionalProperties(self, rest: Part, value: Any, place: str, beside: Schema) -> Iterator[str]:  # noqa: N802
        """For those that no neighbour knows."""
        own = {keyword: beside[keyword] for keyword in NEIGHBOURS & beside.keys()}
        yield from self._unevaluatedProperties(rest, value, place, own)

    def _unevaluatedProperties(self, rest: Part, value: Any, place: str, beside: Schema) -> Iterator[str]:  # noqa: N802
        """For those that neither a neighbour knows nor what the neighbours refer to."""
        for name, content in cast("dict[str, Any]", value).items() if isinstance(value, dict) else ():
            if not self._knows(beside, str(name)):
                yield from self._problems(rest, content, f"{place}/{name}")

    def _knows(self, schema: Schema, name: str) -> bool:
        return (
            name in schema.get("properties", ())
            or any(re.search(pattern, name) for pattern in schema.get("patternProperties", ()))
            or any(self._knows(part, name) for part in schema.get("allOf", ()))
            or ("$ref" in schema and self._knows(self._named(schema["$ref"]), name))
        )

    def _named(self, reference: str) -> Schema:
        found: Any = self._root
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return found
