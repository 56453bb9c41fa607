"""What the platform knows about each kind without being able to execute it: for validation and for cache keys."""

from __future__ import annotations

from dataclasses import dataclass

from plynx_common.domain.errors import Misconfigured

FILE_KIND = "file"


@dataclass(frozen=True, slots=True)
class KindFacts:
    name: str
    version: int = 1
    """Raised when the same operation would do something else: voids the cache entries of the kind."""
    needs_cmd: bool = True
    runs_python: bool = False
    """The interpreter is part of the cache key."""


KINDS: dict[str, KindFacts] = {
    kind.name: kind
    for kind in (
        KindFacts("bash_jinja2"),
        KindFacts("command"),
        KindFacts("python", runs_python=True),
        KindFacts(FILE_KIND, needs_cmd=False),
    )
}
"""Every kind this process knows; plugins add theirs with `register_kind`."""


def register_kind(new: KindFacts) -> None:
    """The same one twice is fine; raises `Misconfigured` for a name that is taken."""
    if KINDS.setdefault(new.name, new) != new:
        raise Misconfigured(f"kind '{new.name}' is declared twice: remove one of the plugins that bring it")
