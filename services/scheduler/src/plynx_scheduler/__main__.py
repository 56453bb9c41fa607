"""Runs the scheduler alone: `python -m plynx_scheduler`."""

from __future__ import annotations

import sys
from functools import partial

from plynx_common.runtime.service import run, run_services
from plynx_scheduler.service import scheduler_service
from plynx_scheduler.settings import SchedulerSettings


async def main(settings: SchedulerSettings) -> None:
    await run_services(settings, partial(scheduler_service, settings))


if __name__ == "__main__":
    sys.exit(run("scheduler", SchedulerSettings.load, main))
