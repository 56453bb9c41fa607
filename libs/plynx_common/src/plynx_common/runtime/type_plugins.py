"""Artifact types that plugins bring, found by entry point when a service starts."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.types import ENTRY_POINT_GROUP, ArtifactType, register_type


def load_type_plugins() -> tuple[str, ...]:
    """Names of the types that were added. Raises `Misconfigured` that names the plugin which cannot be used."""
    found = [_loaded(plugin) for plugin in entry_points(group=ENTRY_POINT_GROUP)]
    for new in found:
        register_type(new)
    return tuple(new.name for new in found)


def _loaded(plugin: EntryPoint) -> ArtifactType:
    try:
        found = plugin.load()
    except (ImportError, AttributeError) as error:
        raise Misconfigured(
            f"type plugin '{plugin.name}' ({plugin.value}) does not load: {error}; reinstall or remove it"
        ) from error
    if not isinstance(found, ArtifactType):
        raise Misconfigured(
            f"type plugin '{plugin.name}' ({plugin.value}) is a {type(found).__name__}: expected an ArtifactType"
        )
    return found
