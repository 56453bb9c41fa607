"""A platform of the benchmark's own: `plynx up` on a fresh state directory and free ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def embedded(home: Path) -> AsyncGenerator[tuple[str, str, int]]:
    """URL, API token and process id; stopped when left."""
    raise NotImplementedError
    yield ("", "", 0)
    await asyncio.sleep(0)
