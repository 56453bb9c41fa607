"""Which tests stay on one worker where several run at once."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling  # pyright: ignore[reportMissingTypeStubs]

STORIES = ("test_a", "test_cancel", "test_live", "test_main_job")
"""Beginnings of files in tests/e2e: what holds however the platform runs."""
TOGETHER = {
    "chaos that kills": ("tests/chaos/real/",),
    "browser": ("tests/e2e/browser/",),
    "stories": tuple(f"tests/e2e/{name}" for name in STORIES),
}
"""By beginnings of their paths. What such tests share for a session, servers or a browser, is started by each worker
that gets one of them, and kept until the end.
"""


class Scheduling(LoadFileScheduling):
    """The tests of a file stay together, and so do files that share more."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((scope for scope, beginnings in TOGETHER.items() if file.startswith(beginnings)), file)
