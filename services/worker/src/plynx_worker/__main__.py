"""Runs one worker alone: `plynx worker`, or `python -m plynx_worker`; settings come from the environment."""

from __future__ import annotations

import sys

from plynx_common.runtime.alone import serve_alone
from plynx_common.runtime.backends import Reach
from plynx_worker.service import worker_service
from plynx_worker.settings import WorkerSettings


def main() -> int:
    """Start the worker service in this process, until SIGTERM."""
    return serve_alone("worker", WorkerSettings, worker_service, Reach.BUS)


if __name__ == "__main__":
    sys.exit(main())
