"""Object store in a local folder, with signed URLs that the storage service serves."""

from plynx_common.adapters.local_objects.objects import LocalObjects

__all__ = ["LocalObjects"]
