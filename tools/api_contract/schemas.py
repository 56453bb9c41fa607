"""Schemas of a request may only take more than before, those of a response may only give less.

Said once for both: what the *giver* may send (a client of yesterday, the server of today) must be what the *taker*
takes (the server of today, a client of yesterday). Objects of responses are open: a new field there hurts nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from tools.api_contract.changes import Change, breaking, place

Direction = Literal["request", "response"]
Schema = Mapping[str, Any]

TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
STRUCTURE = frozenset(
    {"type", "enum", "const", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "$ref"}
)
WORDS = ("title", "description", "examples", "example", "default", "discriminator", "deprecated", "contentMediaType")
JUDGED = frozenset({*LOWER, *UPPER, *EXACT, *STRUCTURE, *WORDS})
"""Any other keyword counts as breaking when it changes: nobody has thought about it."""

REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Schemas:
    """Compares schemas of one direction; `before` and `after` are the named ones of the two documents."""

    before: Mapping[str, Schema]
    after: Mapping[str, Schema]
    direction: Direction
    _begun: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Pairs of names that are being compared: schemas may contain themselves."""

    def compare(self, old: Schema, new: Schema, pointer: str) -> Iterator[Change]:
        if self.direction == "request" and old.get("default") != new.get("default"):
            yield Change(pointer, f"left out, it means {_text(new.get('default'))}, was {_text(old.get('default'))}")
        olds, news = self._alternatives(old, self.before), self._alternatives(new, self.after)
        yield from self._nullness(olds, news, pointer)
        olds, news = _without_null(olds), _without_null(news)
        if len(olds) == len(news) == 1:
            yield from self._one(olds[0], news[0], pointer)
        else:
            yield from self._many(olds, news, pointer)

    def named(self, name: str) -> Iterator[Change]:
        """The schema of this name in both documents."""
        yield from self.compare(self.before[name], self.after[name], place("/components/schemas", name))

    def _alternatives(self, schema: Schema, names: Mapping[str, Schema]) -> list[Schema]:
        """Of `anyOf` and `oneOf`, and of a list of types; references stay as they are."""
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return [inner for each in schema[keyword] for inner in self._alternatives(each, names)]
        if isinstance(schema.get("type"), list):
            return [{**schema, "type": kind} for kind in schema["type"]]
        inner = _reference(schema)
        if inner and any(keyword in names[inner] for keyword in ("anyOf", "oneOf")):
            return self._alternatives(names[inner], names)
        return [schema]

    def _nullness(self, olds: list[Schema], news: list[Schema], pointer: str) -> Iterator[Change]:
        given, taken = (olds, news) if self.direction == "request" else (news, olds)
        if _has_null(given) and not _has_null(taken) and not any(map(_says_nothing, taken)):
            yield Change(pointer, "may no longer be null" if self.direction == "request" else "may be null now")

    def _many(self, olds: list[Schema], news: list[Schema], pointer: str) -> Iterator[Change]:
        for given in olds if self.direction == "request" else news:
            pairs = ((given, new) for new in news) if self.direction == "request" else ((old, given) for old in olds)
            if not any(self._fits(old, new, pointer) for old, new in pairs):
                verb = "no longer takes" if self.direction == "request" else "may now be"
                yield Change(pointer, f"{verb} {_name(given)}")

    def _fits(self, old: Schema, new: Schema, pointer: str) -> bool:
        return not breaking(self._one(old, new, pointer))

    def _one(self, old: Schema, new: Schema, pointer: str) -> Iterator[Change]:
        names = (_reference(old), _reference(new))
        if (names[0] and names[0] == names[1]) or names in self._begun:
            return  # compared under its name
        if all(names):
            self._begun.add(names)
        before, after = self._resolved(old, self.before), self._resolved(new, self.after)
        yield from self._plain(before, after, pointer)
        self._begun.discard(names)

    def _resolved(self, schema: Schema, names: Mapping[str, Schema]) -> Schema:
        name = _reference(schema)
        return {**names[name], **{key: schema[key] for key in schema if key != "$ref"}} if name else schema

    def _plain(self, old: Schema, new: Schema, pointer: str) -> Iterator[Change]:
        giver, taker = (old, new) if self.direction == "request" else (new, old)
        foreign = _types(giver) - _types(taker)
        if foreign:
            yield Change(pointer, f"is {_type_text(new)}, was {_type_text(old)}")
            return
        yield from self._members(giver, taker, pointer)
        for keyword in _violated(giver, taker):
            yield Change(pointer, f"'{keyword}' is {_text(new.get(keyword))}, was {_text(old.get(keyword))}")
        yield from self._fields(old, new, pointer)
        yield from self._values("additionalProperties", (old, new), pointer)
        yield from self._values("items", (old, new), pointer)

    def _members(self, giver: Schema, taker: Schema, pointer: str) -> Iterator[Change]:
        taken, given = _members_of(taker), _members_of(giver)
        if taken is None:
            return
        if given is None:
            listed = ", ".join(map(_text, taken))
            is_request = self.direction == "request"
            yield Change(pointer, f"takes only {listed} now" if is_request else f"is no longer one of {listed}")
            return
        verb = "no longer takes" if self.direction == "request" else "may now be"
        for member in given:
            if member not in taken:
                yield Change(pointer, f"{verb} {_text(member)}")

    def _fields(self, old: Schema, new: Schema, pointer: str) -> Iterator[Change]:
        olds: Mapping[str, Any] = old.get("properties", {})
        news: Mapping[str, Any] = new.get("properties", {})
        required = set(new.get("required", ()))
        for name, before in olds.items():
            where = place(pointer, "properties", name)
            if name in news:
                yield from self._presence(name, (old, new), where)
                yield from self.compare(before, news[name], where)
            else:
                yield Change(where, "is no longer taken" if self.direction == "request" else "is gone")
        for name in news.keys() - olds.keys():
            is_hurting = self.direction == "request" and name in required
            where = place(pointer, "properties", name)
            yield Change(where, "is new, and required" if is_hurting else "is new", is_hurting)

    def _presence(self, name: str, pair: tuple[Schema, Schema], where: str) -> Iterator[Change]:
        was, is_now = (name in schema.get("required", ()) for schema in pair)
        if self.direction == "request" and is_now and not was:
            yield Change(where, "is required now")
        if self.direction == "response" and was and not is_now:
            yield Change(where, "may be missing now")

    def _values(self, keyword: str, pair: tuple[Schema, Schema], pointer: str) -> Iterator[Change]:
        """Of maps and lists."""
        old, new = (cast("Schema | bool", schema.get(keyword, True)) for schema in pair)
        where = place(pointer, keyword)
        if old == new and isinstance(old, bool):
            return
        if old is not False and new is not False:
            yield from self.compare({} if old is True else old, {} if new is True else new, where)
        elif old is not False and self.direction == "request":
            yield Change(where, "further fields are no longer taken")


def _reference(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix(REFERENCE) if "$ref" in schema else ""


def _types(schema: Schema) -> frozenset[str]:
    if "type" not in schema:
        return TYPES - {"null"}
    return frozenset({"integer", "number"} if schema["type"] == "number" else {schema["type"]})


def _has_null(alternatives: list[Schema]) -> bool:
    return any(each.get("type") == "null" for each in alternatives)


def _says_nothing(schema: Schema) -> bool:
    """And so takes anything."""
    return not STRUCTURE & schema.keys()


def _without_null(alternatives: list[Schema]) -> list[Schema]:
    return [each for each in alternatives if each.get("type") != "null"]


def _members_of(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _violated(giver: Schema, taker: Schema) -> Iterator[str]:
    """Keywords by which the taker takes less than the giver may send."""
    yield from (key for key in LOWER if key in taker and not (key in giver and giver[key] >= taker[key]))
    yield from (key for key in UPPER if key in taker and not (key in giver and giver[key] <= taker[key]))
    yield from (key for key in EXACT if key in taker and giver.get(key) != taker[key])
    others = {*giver, *taker} - JUDGED
    yield from sorted(key for key in others if not key.startswith("x-") and giver.get(key) != taker.get(key))


def _type_text(schema: Schema) -> str:
    return f"'{schema['type']}'" if "type" in schema else "anything"


def _name(schema: Schema) -> str:
    return f"'{_reference(schema)}'" if "$ref" in schema else _text({k: schema[k] for k in schema if k not in WORDS})


def _text(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, sort_keys=True)
