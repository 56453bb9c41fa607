"""The browser application of a platform that is started from a checkout: built before anything else is started."""

from __future__ import annotations

import sys

from plynx_web.building import NotBuilt, ensure_built


def prepare_browser() -> None:
    """Without a build, and with nothing to make one, the platform works all the same: says so."""
    try:
        ensure_built(_tell)
    except NotBuilt as problem:
        _tell(f"no browser application: {problem}")


def _tell(words: str) -> None:
    sys.stderr.write(f"PLynx: {words}\n")
