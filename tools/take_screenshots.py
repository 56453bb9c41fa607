"""Takes the pictures of README and docs from a platform of its own that runs the demo's experiment: docs/images.

`python -m tools.take_screenshots [--into docs/images] [--only editor run running log]`
"""

from __future__ import annotations

import argparse
import asyncio
import io
import itertools
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from PIL import Image
from playwright.async_api import Page

from plynx_common.domain.graph_yaml import parse_yaml
from plynx_web.building import NotBuilt, ensure_built
from tests.benchmarks.browser_opening import Chromium, NoChromium, chromium
from tests.benchmarks.embedded import embedded
from tests.benchmarks.rest import Platform, connected

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs/images"
EXAMPLE = ROOT / "docs/examples/digits.yaml"
LESSONS = Path(__file__).with_name("take_screenshots.yaml")
"""A graph whose log is worth looking at."""
MOST_BYTES = 250_000
APPEARANCES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

Take = Callable[[Page], Awaitable[None]]


@dataclass
class Studio:
    browser: Chromium
    platform: Platform
    http: httpx.AsyncClient
    into: Path

    async def editor(self) -> None:
        graph = await self._draft(EXAMPLE)

        async def take(page: Page) -> None:
            await page.goto(self.browser.url(f"/graphs/{graph}?node=train-forest"))
            await page.wait_for_selector(".react-flow__node >> text=Report")

        await self._in_both("editor", take)

    async def run(self) -> None:
        run = await self._run(EXAMPLE)
        await self.platform.end_of(run)

        async def take(page: Page) -> None:
            await page.goto(self.browser.url(f"/runs/{run}?node=report&part=outputs&tab=timeline"))
            await page.wait_for_selector(".react-flow__node >> text=Report")
            await page.wait_for_selector("iframe")

        await self._in_both("run", take)

    async def running(self) -> None:
        """Each picture its own run: the first would be over before the second."""
        seeds = itertools.count(11)

        async def take(page: Page) -> None:
            run = await self._run(EXAMPLE, seed=next(seeds))
            await page.goto(self.browser.url(f"/runs/{run}?node=train-logistic&tab=logs"))
            await page.wait_for_selector(".react-flow__node [data-state=running]")
            await page.wait_for_selector(".react-flow__node [data-state=succeeded]")

        await self._in_both("running", take)

    async def log(self) -> None:
        run = await self._run(LESSONS)
        await self.platform.end_of(run)

        async def take(page: Page) -> None:
            await page.add_init_script("localStorage.setItem('plynx-run-dock', '520')")
            await page.goto(self.browser.url(f"/runs/{run}?node=learn&tab=logs"))
            await page.wait_for_selector("[role=log] >> text=lesson 200")

        await self._in_both("log", take)

    async def _draft(self, source: Path) -> str:
        answer = await self.http.post(
            "/api/v1/graphs/import", content=source.read_bytes(), headers={"content-type": "application/yaml"}
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def _run(self, source: Path, **parameters: object) -> str:
        body: dict[str, Any] = {"graph": parse_yaml(source.read_text(encoding="utf-8")), "parameters": parameters}
        answer = await self.http.post("/api/v1/runs", json=body)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def _in_both(self, name: str, take: Take) -> None:
        for appearance in APPEARANCES:
            async with self.browser.tab() as page:
                await page.emulate_media(color_scheme=appearance, reduced_motion="reduce")
                await take(page)
                await page.evaluate("document.fonts.ready")
                await page.wait_for_load_state("networkidle")
                self._keep(f"{name}-{appearance}", await page.screenshot(animations="disabled"))

    def _keep(self, name: str, picture: bytes) -> None:
        path = self.into / f"{name}.png"
        with Image.open(io.BytesIO(picture)) as image:
            # Every colour as it is: a palette would take from the rare ones, which are those of states.
            image.convert("RGB").save(path, optimize=True)
        size = path.stat().st_size
        sys.stdout.write(f"{path}: {size / 1000:.0f} kB\n")
        if size > MOST_BYTES:
            raise RuntimeError(f"'{path}' has {size} bytes, more than the {MOST_BYTES} that a page should load")


async def main(options: argparse.Namespace) -> None:
    ensure_built()
    options.into.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plynx-pictures-")))
        started = await stack.enter_async_context(embedded(scratch / "home"))
        platform = await stack.enter_async_context(connected(started.url, started.token))
        headers = {"Authorization": f"Bearer {started.token}"}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=started.url, headers=headers))
        studio = Studio(await stack.enter_async_context(chromium(started)), platform, http, options.into)
        for name in options.only:
            await getattr(studio, name)()


if __name__ == "__main__":
    names = ("editor", "run", "running", "log")
    parser = argparse.ArgumentParser(prog="python -m tools.take_screenshots", description=__doc__)
    parser.add_argument("--into", type=Path, default=IMAGES)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    try:
        asyncio.run(main(parser.parse_args()))
    except (NoChromium, NotBuilt) as problem:
        sys.exit(str(problem))
