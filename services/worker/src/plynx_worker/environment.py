"""The environment variables of a script: an allow-list, never the worker's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plynx_common.runtime.kinds.kind import Script, ScriptContext

INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Of the worker's own; what else a pool's scripts need is named in the worker's settings."""
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ScriptEnvironment:
    """Made once per worker; `own` is the worker's environment, from which only allow-listed names are taken."""

    def __init__(self, own: Mapping[str, str], also_inherited: Iterable[str] = ()) -> None:
        allowed = (*INHERITED, *also_inherited)
        self._fixed = {"PATH": DEFAULT_PATH, "LANG": "C.UTF-8"}
        self._fixed |= {name: own[name] for name in allowed if name in own}

    def of(self, context: ScriptContext, script: Script, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Later ones win: fixed, the operation's `env`, `more` (run, node, trace, …), the kind's own."""
        return {
            **self._fixed,
            "HOME": context.directory,
            "TMPDIR": context.directory,
            **context.operation.env,
            **(more or {}),
            **script.env,
        }
