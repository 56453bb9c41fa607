"""What every document store promises; an adapter joins with a subclass and one fixture, `store`."""

from __future__ import annotations

from plynx_common.testing.contract.documents_concurrency import ConcurrencyContract
from plynx_common.testing.contract.documents_paging import PagingContract
from plynx_common.testing.contract.documents_queries import QueriesContract
from plynx_common.testing.contract.documents_random import RandomContract
from plynx_common.testing.contract.documents_refusals import RefusalsContract
from plynx_common.testing.contract.documents_writes import WritesContract


class DocumentStoreContract(
    WritesContract, QueriesContract, PagingContract, ConcurrencyContract, RefusalsContract, RandomContract
):
    """Needs a fixture `store`: a `DocumentStore` that is empty."""
