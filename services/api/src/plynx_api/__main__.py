"""Runs the API alone: `python -m plynx_api`."""

from __future__ import annotations

from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.runtime.service import main

if __name__ == "__main__":
    main("api", ApiSettings, api_service)
