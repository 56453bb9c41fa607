"""A vhost, database or bucket that nobody else uses, gone afterwards."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from uuid import uuid4

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import pymongo
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.testing.servers.rabbitmq_management import Management


@contextmanager
def fresh_vhost(url: str, management: Management) -> Generator[str]:
    name = _a_name("vhost")
    management.create_vhost(name)
    try:
        yield _with_path(url, name)
    finally:
        management.delete_vhost(name)


@contextmanager
def fresh_database(url: str, client: pymongo.MongoClient[dict[str, Any]]) -> Generator[str]:
    """MongoDB creates it with the first write."""
    name = _a_name("database")
    yield _with_path(url, name)
    client.drop_database(name)


@contextmanager
def fresh_bucket(url: str, client: Any) -> Generator[str]:
    name = _a_name("bucket")
    client.create_bucket(Bucket=name)
    try:
        yield _with_path(url, name)
    finally:
        _remove_bucket(client, name)


def s3_client(url: str) -> Any:
    """Of botocore, for the server of the URL."""
    at = urlsplit(url)
    scheme = "http" if parse_qs(at.query).get("tls") == ["false"] else "https"
    return botocore.session.get_session().create_client(  # pyright: ignore[reportUnknownMemberType]
        "s3",
        endpoint_url=f"{scheme}://{at.hostname}:{at.port or (80 if scheme == 'http' else 443)}",
        region_name="us-east-1",
        aws_access_key_id=unquote(at.username or ""),
        aws_secret_access_key=unquote(at.password or ""),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def _remove_bucket(client: Any, name: str) -> None:
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", ()):
            client.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        keys = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    client.delete_bucket(Bucket=name)


def _a_name(kind: str) -> str:
    return f"test-{kind}-{uuid4().hex[:12]}"


def _with_path(url: str, path: str) -> str:
    at: SplitResult = urlsplit(url)
    return at._replace(path=f"/{path}").geturl()
