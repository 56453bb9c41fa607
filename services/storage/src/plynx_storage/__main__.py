"""Runs the storage service alone: `python -m plynx_storage`."""

from __future__ import annotations

import sys
from functools import partial

from plynx_common.runtime.service import run, run_services
from plynx_storage.service import storage
from plynx_storage.settings import StorageSettings


async def main(settings: StorageSettings) -> None:
    await run_services(settings, partial(storage, settings))


if __name__ == "__main__":
    sys.exit(run("storage", StorageSettings.load, main))
