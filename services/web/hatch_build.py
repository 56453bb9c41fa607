"""Puts the build of the browser application into the wheel; an editable install builds when it is first needed."""

# ruff: noqa: INP001 (hatchling loads this file by its path)
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserApplication(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "python"))
        from plynx_web.building import NotBuilt, ensure_built  # noqa: PLC0415 (found by the line above)

        try:
            ensure_built(self.app.display_info)
        except NotBuilt as error:
            self.app.abort(str(error))
