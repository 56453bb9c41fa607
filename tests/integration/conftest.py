"""Fixtures of the integration lane."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from plynx_worker.guarded_processes import GuardedProcesses
from tests.integration.scripts import Shell


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    mark = uuid4().hex
    async with GuardedProcesses(mark) as processes:
        yield Shell(processes, tmp_path, mark)
