"""The document store in MongoDB keeps what every document store promises, on both drivers; its own promises."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from plynx_common.adapters.mongo_documents import MongoDocuments
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.testing.contract.documents import DocumentStoreContract


class TestMongoDocuments(DocumentStoreContract):
    @pytest.fixture(params=["motor", "pymongo"])
    async def store(self, request: pytest.FixtureRequest, mongodb_url: str) -> AsyncGenerator[DocumentStore]:
        store = await MongoDocuments.open(mongodb_url, driver=request.param)
        yield store
        await store.close()
