"""The client of the server, and the bucket: there, or made, or the reason why neither."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import aioboto3  # pyright: ignore[reportMissingTypeStubs]
from aiobotocore.config import AioConfig  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.adapters.s3_objects.answers import Answers, code_of
from plynx_common.adapters.s3_objects.place import Place
from plynx_common.domain.errors import Misconfigured

_TRIES = 3
_CONNECT, _READ = 5, 20
"""Seconds without any progress."""
_CONNECTIONS = 64
_NO_BUCKET = {"404", "NoSuchBucket"}
_UPLOADS_OF_BROWSERS = {
    "AllowedOrigins": ["*"],
    "AllowedMethods": ["PUT"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 7200,
}
"""Any origin is safe, as the right is in the signed address: see docs/decisions/0011-let-every-origin-upload.md."""


async def connect(answers: Answers, stack: AsyncExitStack) -> Any:
    """Raises `ObjectsUnavailable` and `Misconfigured`."""
    place = answers.place
    # Newer checksums and virtual hosts are not understood by every S3 server; version 4 must be asked for by name.
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"total_max_attempts": _TRIES, "mode": "standard"},
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        max_pool_connections=_CONNECTIONS,
    )
    session: Any = aioboto3.Session(
        aws_access_key_id=place.keys.access,
        aws_secret_access_key=place.keys.secret,
        aws_session_token=place.keys.session or None,
        region_name=place.region,
    )
    client = await stack.enter_async_context(session.client("s3", endpoint_url=place.endpoint, config=config))
    async with answers.explained(place.bucket):
        await _find_or_make_bucket(client, place)
    return client


async def _find_or_make_bucket(client: Any, place: Place) -> None:
    try:
        await client.head_bucket(Bucket=place.bucket)
        return
    except ClientError as error:
        if code_of(error) in {"403", "AccessDenied"}:
            raise Misconfigured(
                f"the object store at {place.endpoint} refuses bucket '{place.bucket}': check the access and secret "
                "key in PLYNX_OBJECTS_URL (percent-encoded), and that they may use this bucket"
            ) from error
        if code_of(error) not in _NO_BUCKET:
            raise
    where = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    try:
        await client.create_bucket(Bucket=place.bucket, **where)
    except ClientError as error:
        if code_of(error) == "BucketAlreadyOwnedByYou":  # another service was first
            return
        raise Misconfigured(
            f"bucket '{place.bucket}' of PLYNX_OBJECTS_URL is not at {place.endpoint}, and cannot be made "
            f"({code_of(error)}): make it, or name one that is there"
        ) from error
    await _let_browsers_upload(client, place)


async def _let_browsers_upload(client: Any, place: Place) -> None:
    """Of a bucket that we made; one that was there keeps its owner's rules."""
    try:
        await client.put_bucket_cors(Bucket=place.bucket, CORSConfiguration={"CORSRules": [_UPLOADS_OF_BROWSERS]})
    except ClientError as error:
        # Servers that know no such rules have one setting for all buckets: docs/how-to/deploy.md names it.
        if code_of(error) not in {"NotImplemented", "MethodNotAllowed"}:
            raise


async def refuse_lost_bucket(client: Any, answers: Answers) -> None:
    try:
        await client.head_bucket(Bucket=answers.place.bucket)
    except ClientError as error:
        if code_of(error) in _NO_BUCKET:
            raise answers.refusal("", "NoSuchBucket", "") from error
        raise
