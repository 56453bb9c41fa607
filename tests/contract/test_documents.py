"""The document stores in memory and in SQLite keep what every document store promises; SQLite's own promises."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.sqlite_documents import SqliteDocuments
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.testing.contract.documents import DocumentStoreContract


class TestMemoryDocuments(DocumentStoreContract):
    @pytest.fixture
    async def store(self) -> DocumentStore:
        return MemoryDocuments()


class TestSqliteDocuments(DocumentStoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncGenerator[DocumentStore]:
        store = await SqliteDocuments.open(tmp_path / "plynx.db")
        yield store
        await store.close()
