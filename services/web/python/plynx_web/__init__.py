"""The browser application, as files to be served."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).with_name("static")


def site() -> Path | None:
    """The folder with `index.html` and what it loads; `None` where nobody has built it yet."""
    return STATIC if (STATIC / "index.html").is_file() else None
