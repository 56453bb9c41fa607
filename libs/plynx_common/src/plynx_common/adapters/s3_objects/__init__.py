"""Object store on an S3 server, which checks the signed URLs itself."""

from plynx_common.adapters.s3_objects.objects import S3Objects

__all__ = ["S3Objects"]
