"""The kinds that are installed: found by entry point, so that new ones need no change here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.failure import Failure
from plynx_common.domain.operation import Operation
from plynx_common.runtime.kinds.kind import Kind, Script
from plynx_common.runtime.kinds.names import placeholder_context
from plynx_common.runtime.rendering.renderer import Renderer

GROUP = "plynx.kinds"
"""Each entry point is a class, or a function, that makes a `Kind`; it may ask for the renderer as its one argument."""


class Kinds(Mapping[str, Kind]):
    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = dict(kinds)

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    async def preview(self, operation: Operation, params: dict[str, Any]) -> Script | Failure:
        """The script as a worker would execute it, with placeholder paths; raises `Misconfigured` for no such kind."""
        return await self.of(operation).prepare(placeholder_context(operation, params))

    def of(self, operation: Operation) -> Kind:
        kind = self._kinds.get(operation.kind)
        if kind is None:
            raise Misconfigured(
                f"kind '{operation.kind}' of operation '{operation.name}' is not installed here: "
                f"install its plugin, or use one of {', '.join(sorted(self._kinds))}"
            )
        return kind


def load_kinds(renderer: Renderer) -> Kinds:
    """Raises `Misconfigured` for a plugin that cannot be loaded, or two of one name."""
    kinds: dict[str, Kind] = {}
    for entry in entry_points(group=GROUP):
        kind = _loaded(entry, renderer)
        if kind.name in kinds:
            raise Misconfigured(f"kind '{kind.name}' is declared twice: remove one of the plugins of '{GROUP}'")
        kinds[kind.name] = kind
    return Kinds(kinds)


def _loaded(entry: EntryPoint, renderer: Renderer) -> Kind:
    try:
        factory = entry.load()
        return factory(renderer) if inspect.signature(factory).parameters else factory()
    except (ImportError, AttributeError, TypeError) as error:
        raise Misconfigured(
            f"the plugin '{entry.name}' of '{GROUP}' ({entry.value}) cannot be loaded: {error}"
        ) from error
