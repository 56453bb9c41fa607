"""Every index of the document store, in one table; whoever starts first makes them."""

from __future__ import annotations

from plynx_common.interfaces.documents import Index
from plynx_common.repositories.api_tokens import TOKENS
from plynx_common.repositories.artifacts import ARTIFACTS
from plynx_common.repositories.graphs import GRAPHS
from plynx_common.repositories.operations import OPERATIONS

INDEXES: tuple[Index, ...] = (
    Index(ARTIFACTS, ("team", "created_at")),
    Index(GRAPHS, ("team", "updated_at")),
    Index(OPERATIONS, ("team", "name", "version"), unique=True),
    Index(OPERATIONS, ("team", "updated_at")),
    Index(TOKENS, ("team", "created_at")),
)
