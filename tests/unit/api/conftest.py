"""One stage per test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.unit.api.parts import Stage, staged


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged() as found:
        yield found
