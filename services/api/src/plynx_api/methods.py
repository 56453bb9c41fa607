"""Which methods a path has: for `Allow`, of which the framework knows only what the first route of a path takes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, compile_path

_PARAMETER = re.compile(r"\{[^}]*\}")


class Methods:
    def __init__(self) -> None:
        self._of_template: dict[str, tuple[re.Pattern[str], int, set[str]]] = {}
        """Pattern, characters that are no parameter, methods."""

    def add(self, prefix: str, routes: Iterable[BaseRoute]) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                template = f"{prefix}{route.path}"
                literal = len(_PARAMETER.sub("", template))
                entry = self._of_template.setdefault(template, (compile_path(template)[0], literal, set()))
                entry[2].update(route.methods or ())

    def of(self, path: str) -> list[str]:
        """By the most literal template: `/graphs/layout` is no graph of the id 'layout'."""
        found = [(literal, methods) for pattern, literal, methods in self._of_template.values() if pattern.match(path)]
        return sorted(max(found, key=lambda each: each[0])[1]) if found else []
