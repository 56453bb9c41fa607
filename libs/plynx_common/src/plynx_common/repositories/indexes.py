"""Every index of the document store. Node runs and logs need none: they are found by the prefix of their `_id`."""

from __future__ import annotations

from plynx_common.interfaces.documents import Index
from plynx_common.repositories.api_tokens import TOKENS
from plynx_common.repositories.artifacts import ARTIFACTS
from plynx_common.repositories.cache import CACHE
from plynx_common.repositories.graphs import GRAPHS
from plynx_common.repositories.operations import OPERATIONS
from plynx_common.repositories.runs import RUNS

INDEXES: tuple[Index, ...] = (
    Index(ARTIFACTS, ("team", "created_at")),
    Index(CACHE, ("team", "name", "created_at")),
    Index(GRAPHS, ("team", "updated_at")),
    Index(OPERATIONS, ("team", "name", "version"), unique=True),
    Index(OPERATIONS, ("team", "updated_at")),
    Index(RUNS, ("team", "created_at")),
    Index(RUNS, ("partition", "state")),
    Index(RUNS, ("partition", "unannounced")),
    Index(TOKENS, ("team", "created_at")),
)
