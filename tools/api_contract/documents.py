"""Two OpenAPI documents: paths, operations, what they take and answer, and the problems that they tell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, cast

from tools.api_contract.changes import Change, place
from tools.api_contract.schemas import REFERENCE, Direction, Schemas

Document = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
WRITTEN = ("style", "explode", "allowReserved", "content")
"""How a parameter with many values is written."""
PROBLEMS = "x-problems"
"""Code → status, title, remedy; what RFC 9457 leaves to us, and OpenAPI has no word for."""


def changes(before: Document, after: Document) -> list[Change]:
    """What a client of `before` meets at a server of `after`."""
    pair = _Pair(before, after)
    return [*pair.paths(), *pair.schemas(), *pair.problems()]


class _Pair:
    def __init__(self, before: Document, after: Document) -> None:
        self.before, self.after = before, after
        named = [document.get("components", {}).get("schemas", {}) for document in (before, after)]
        self.request = Schemas(named[0], named[1], "request")
        self.response = Schemas(named[0], named[1], "response")

    def paths(self) -> Iterator[Change]:
        olds, news = _operations(self.before), _operations(self.after)
        for (path, method), old in olds.items():
            where = place("/paths", path, method)
            if (path, method) in news:
                yield from self._operation(old, news[path, method], where)
            else:
                yield Change(where, "is gone")
        for path, method in news.keys() - olds.keys():
            yield Change(place("/paths", path, method), "is new", breaking=False)

    def _operation(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        if old.get("operationId") != new.get("operationId"):
            words = f"is '{new.get('operationId')}', was '{old.get('operationId')}': generated clients call it by this"
            yield Change(place(where, "operationId"), words)
        yield from self._security(old, new, where)
        yield from self._parameters(old, new, where)
        yield from self._body(old, new, place(where, "requestBody"))
        yield from self._responses(old, new, place(where, "responses"))

    def _security(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        nothing: dict[str, Any] = {}
        olds, news = (
            cast("list[Document]", operation.get("security", document.get("security")) or [nothing])
            for operation, document in ((old, self.before), (new, self.after))
        )
        for way in olds:
            if way not in news and nothing not in news:
                words = f"can no longer be called with {' and '.join(way) or 'no credentials'}"
                yield Change(place(where, "security"), words)

    def _parameters(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        olds, news = _parameters(old), _parameters(new)
        for (inside, name), before in olds.items():
            pointer = place(where, "parameters", f"{inside}:{name}")
            if (inside, name) not in news:
                yield Change(pointer, "is no longer taken")
                continue
            after = news[inside, name]
            if after.get("required") and not before.get("required"):
                yield Change(pointer, "is required now")
            for keyword in WRITTEN:
                if before.get(keyword) != after.get(keyword):
                    yield Change(pointer, f"'{keyword}' is {after.get(keyword)}, was {before.get(keyword)}")
            yield from self.request.compare(before.get("schema", {}), after.get("schema", {}), pointer)
        for (inside, name), after in news.items():
            if (inside, name) not in olds:
                is_required = bool(after.get("required"))
                words = "is new, and required" if is_required else "is new"
                yield Change(place(where, "parameters", f"{inside}:{name}"), words, is_required)

    def _body(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        before, after = old.get("requestBody"), new.get("requestBody")
        if before is None:
            if after is not None:
                is_required = bool(after.get("required"))
                yield Change(where, "is new, and required" if is_required else "is new", is_required)
        elif after is None:
            yield Change(where, "is no longer taken")
        else:
            if after.get("required") and not before.get("required"):
                yield Change(where, "is required now")
            yield from self._content(before, after, where, "request")

    def _responses(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        olds, news = cast("Document", old["responses"]), cast("Document", new["responses"])
        for status, before in olds.items():
            if status in news:
                yield from self._content(before, news[status], place(where, status), "response")
                yield from self._headers(before, news[status], place(where, status))
            else:
                yield Change(place(where, status), "is gone")
        for status in news.keys() - olds.keys():
            is_hurting = status[:1] in "123"
            words = "may come now, and a client does not wait for it" if is_hurting else "is new"
            yield Change(place(where, status), words, is_hurting)

    def _content(self, old: Document, new: Document, where: str, direction: Direction) -> Iterator[Change]:
        olds, news = cast("Document", old.get("content", {})), cast("Document", new.get("content", {}))
        comparison = self.request if direction == "request" else self.response
        for kind, before in olds.items():
            pointer = place(where, "content", kind)
            if kind in news:
                yield from comparison.compare(before.get("schema", {}), news[kind].get("schema", {}), pointer)
            else:
                yield Change(pointer, "is no longer taken" if direction == "request" else "is gone")
        for kind in news.keys() - olds.keys():
            yield Change(place(where, "content", kind), "is new", breaking=False)

    def _headers(self, old: Document, new: Document, where: str) -> Iterator[Change]:
        olds, news = cast("Document", old.get("headers", {})), cast("Document", new.get("headers", {}))
        for name, before in olds.items():
            pointer = place(where, "headers", name)
            if name in news:
                yield from self.response.compare(before.get("schema", {}), news[name].get("schema", {}), pointer)
            else:
                yield Change(pointer, "is gone")
        for name in news.keys() - olds.keys():
            yield Change(place(where, "headers", name), "is new", breaking=False)

    def schemas(self) -> Iterator[Change]:
        """Each named one once, however many operations use it, for the directions in which they do."""
        used = {way: _used(self.before, way) for way in (self.request.direction, self.response.direction)}
        for name in self.request.before:
            if not any(name in names for names in used.values()):
                continue
            if name not in self.request.after:
                yield Change(place("/components/schemas", name), "is gone: generated clients call it by this name")
                continue
            for comparison in (self.request, self.response):
                if name in used[comparison.direction] & _used(self.after, comparison.direction):
                    yield from comparison.named(name)

    def problems(self) -> Iterator[Change]:
        olds, news = (cast("Document", each.get(PROBLEMS, {})) for each in (self.before, self.after))
        for code, old in olds.items():
            where = place("", PROBLEMS, code)
            if code not in news:
                yield Change(where, "is told no more: programs branch on it")
            elif news[code]["status"] != old["status"]:
                yield Change(where, f"comes with status {news[code]['status']}, was {old['status']}")
        for code in news.keys() - olds.keys():
            yield Change(place("", PROBLEMS, code), "is new", breaking=False)


def _operations(document: Document) -> dict[tuple[str, str], Document]:
    return {
        (path, method): {
            **item[method],
            "parameters": [*item.get("parameters", []), *item[method].get("parameters", [])],
        }
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def _parameters(operation: Document) -> dict[tuple[str, str], Document]:
    """Names of headers know no case."""
    return {
        (each["in"], each["name"].lower() if each["in"] == "header" else each["name"]): each
        for each in operation["parameters"]
    }


def _used(document: Document, direction: Direction) -> set[str]:
    """Names of the schemas that requests, or responses, are made of."""
    found: set[str] = set()
    open_ends: list[Any] = [
        [operation["parameters"], operation.get("requestBody")] if direction == "request" else operation["responses"]
        for operation in _operations(document).values()
    ]
    while open_ends:
        names = set(itertools.chain.from_iterable(map(_references, open_ends))) - found
        found |= names
        open_ends = [document["components"]["schemas"][name] for name in names]
    return found


def _references(thing: Any) -> Iterator[str]:
    if isinstance(thing, list):
        for each in cast("list[Any]", thing):
            yield from _references(each)
    if isinstance(thing, dict):
        for key, value in cast("dict[str, Any]", thing).items():
            if key == "$ref":
                yield str(value).removeprefix(REFERENCE)
            else:
                yield from _references(value)
