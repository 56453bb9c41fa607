"""Runs the scheduler alone: `plynx scheduler`, or `python -m plynx_scheduler`; settings come from the environment."""

from __future__ import annotations

import sys

from plynx_common.runtime.alone import serve_alone
from plynx_scheduler.service import scheduler_service
from plynx_scheduler.settings import SchedulerSettings


def main() -> int:
    """Start the scheduler service in this process, until SIGTERM."""
    return serve_alone("scheduler", SchedulerSettings, scheduler_service)


if __name__ == "__main__":
    sys.exit(main())
