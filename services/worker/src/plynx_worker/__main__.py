"""`python -m plynx_worker`: one worker, by its settings in the environment."""

from __future__ import annotations

import sys
from functools import partial

from plynx_common.runtime.service import run, run_services
from plynx_worker.service import worker_service
from plynx_worker.settings import WorkerSettings


async def main(settings: WorkerSettings) -> None:
    await run_services(settings, partial(worker_service, settings))


if __name__ == "__main__":
    sys.exit(run("worker", WorkerSettings.load, main))
