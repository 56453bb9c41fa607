"""Runs the storage service alone: `plynx storage`, or `python -m plynx_storage`; settings come from the environment."""

from __future__ import annotations

import sys

from plynx_common.runtime.alone import serve_alone
from plynx_storage.service import storage
from plynx_storage.settings import StorageSettings


def main() -> int:
    """Start the storage service in this process, until SIGTERM."""
    return serve_alone("storage", StorageSettings, storage)


if __name__ == "__main__":
    sys.exit(main())
