"""The document store in MongoDB, for platforms of many processes and machines."""

from plynx_common.adapters.mongo_documents.documents import MongoDocuments

__all__ = ["MongoDocuments"]
