"""One scheduler on stage, and who plays with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.unit.scheduler.stage import Player, Stage, Storage, staged


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged() as stage:
        yield stage


@pytest.fixture
async def worker(stage: Stage) -> Player:
    player = Player(stage)
    await player.appear()
    return player


@pytest.fixture
async def storage(stage: Stage) -> Storage:
    storage = Storage(stage)
    await storage.appear()
    return storage
