"""What the key of an object may look like, whatever store it is for."""

from __future__ import annotations

import re

from plynx_common.domain.errors import InvalidInput

# A segment never starts with a dot: neither `..` nor a store's own folders can be named by a key.
SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_LONGEST = 1024


def checked_key(key: str) -> str:
    """The key; raises `InvalidInput` for whatever could leave a folder or need quoting in a URL."""
    if len(key) > _LONGEST or not all(map(SEGMENT.fullmatch, key.split("/"))):
        raise InvalidInput(
            f"object key {key[:100]!r} is not allowed: expected segments of letters, digits, '.', '_', '-', "
            "none starting with a dot, joined by '/'"
        )
    return key
