"""Names and identifiers: what they look like, and how composed ones are built."""

from __future__ import annotations

import re
import zlib

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
"""Inputs, outputs, parameters."""
NODE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
TEAM = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
OPERATION_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DIGEST = re.compile(r"[0-9a-f]{64}")
OPERATION_REF = re.compile(
    r"(?P<team>[a-z0-9][a-z0-9-]{0,38})/(?P<name>[a-z0-9][a-z0-9_-]{0,62})@(?P<version>[1-9][0-9]{0,8})"
)


def node_run_id(run: str, node: str) -> str:
    return f"{run}/{node}"


def attempt_id(run: str, node: str, attempt: int) -> str:
    return f"{run}/{node}/{attempt}"


def operation_ref(team: str, name: str, version: int) -> str:
    return f"{team}/{name}@{version}"


def pool_name(team: str, pool: str) -> str:
    """In full, `<team>/<pool>`, of what a node or an operation says: `gpu`, `<team>/gpu`, or nothing.

    A pool of another team is not reached: the name that this gives it is served by nobody.
    """
    return pool if pool.startswith(f"{team}/") else f"{team}/{pool or 'default'}"


def artifact_key(team: str, digest: str) -> str:
    """Where the bytes of an artifact lie in the object store."""
    return f"{team}/sha256/{digest[:2]}/{digest}"


def partition_of(run: str, partitions: int) -> int:
    """The partition of a run; `partitions` is fixed in the store when it is made."""
    return zlib.crc32(run.encode()) % partitions
