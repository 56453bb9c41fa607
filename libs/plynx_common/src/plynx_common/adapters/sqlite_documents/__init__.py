"""The document store in one SQLite file, for platforms that are one process."""

from plynx_common.adapters.sqlite_documents.documents import SqliteDocuments

__all__ = ["SqliteDocuments"]
