"""`plynx up`: the platform in this process, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plynx_common.runtime.settings import PlatformSettings


def up() -> int:
    """Start the platform in this process: no server is needed."""
    from plynx_common.runtime.service import run, run_services
    from plynx_common.runtime.settings import PlatformSettings
    from plynx_standalone.browser import prepare_browser
    from plynx_standalone.embedded import Embedded

    async def main(platform: PlatformSettings) -> None:
        await run_services(platform, *Embedded.load().starts())

    prepare_browser()
    return run("up", PlatformSettings.load, main)
