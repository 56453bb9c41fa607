"""The environment variables of a script: an allow-list, never the worker's own."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from plynx_common.runtime.kinds.kind import Script, ScriptContext

INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Of the worker's own; what else a pool's scripts need is named in the worker's settings."""
INSTALLING = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
"""Seen, with `PIP_*`, by what installs the requirements of an operation, never by its script."""
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ScriptEnvironment:
    """Made once per worker; `own` is the worker's environment, from which only allow-listed names are taken."""

    def __init__(self, own: Mapping[str, str], also_inherited: Iterable[str] = ()) -> None:
        allowed = (*INHERITED, *also_inherited)
        self._fixed = {"PATH": DEFAULT_PATH, "LANG": "C.UTF-8"}
        self._fixed |= {name: own[name] for name in allowed if name in own}
        self.installing: dict[str, str] = self._fixed | {
            name: value for name, value in own.items() if name.startswith("PIP_") or name in INSTALLING
        }

    def of(self, context: ScriptContext, script: Script, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Later ones win: fixed, the operation's `env`, `more` (run, node, trace, …), the kind's own."""
        path = self._fixed["PATH"]
        if context.interpreter != sys.executable:  # the operation's own: `python` means it in bash too
            path = f"{PurePath(context.interpreter).parent}:{path}"
        return {
            **self._fixed,
            "PATH": path,
            "HOME": context.directory,
            "TMPDIR": context.directory,
            **context.operation.env,
            **(more or {}),
            **script.env,
        }
