"""`plynx demo`: a real experiment on real data, watched live, with results to look at."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plynx_common.runtime.settings import PlatformSettings


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop the platform when the demo has ended.")] = False,  # noqa: FBT002
    results: Annotated[Path, typer.Option(help="Where report and model are put.")] = Path("plynx-demo"),
) -> int:
    """Run a real experiment: four models learn to read handwritten digits."""
    from plynx_common.runtime.service import run, run_services
    from plynx_common.runtime.settings import PlatformSettings
    from plynx_standalone.browser import prepare_browser
    from plynx_standalone.embedded import Embedded
    from plynx_standalone.showing import Show

    if not once:
        prepare_browser()
    show = Show(results, stays=not once)

    async def main(platform: PlatformSettings) -> None:
        began = time.monotonic()
        await run_services(platform, *Embedded.load().starts(), on_ready=lambda _: show.start(began))

    os.environ.setdefault("PLYNX_LOG_LEVEL", "warning")  # the demo talks itself
    code = run("demo", PlatformSettings.load, main)
    show.join()
    return code or show.code
