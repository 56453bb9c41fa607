"""Runs the API alone: `plynx api`, or `python -m plynx_api`; settings come from the environment."""

from __future__ import annotations

import sys

from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.runtime.alone import serve_alone


def main() -> int:
    """Start the api service in this process, until SIGTERM."""
    return serve_alone("api", ApiSettings, api_service)


if __name__ == "__main__":
    sys.exit(main())
