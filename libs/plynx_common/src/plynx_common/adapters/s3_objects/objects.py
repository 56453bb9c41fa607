"""`S3Objects`: the object store on an S3 server."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, timedelta
from typing import Any

import aiohttp
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.adapters.object_keys import checked_key
from plynx_common.adapters.s3_objects.answers import Answers, code_of
from plynx_common.adapters.s3_objects.connecting import connect, refuse_lost_bucket
from plynx_common.adapters.s3_objects.looking import Looking
from plynx_common.adapters.s3_objects.multipart import Multipart
from plynx_common.adapters.s3_objects.place import Place
from plynx_common.adapters.s3_objects.presigning import DEFAULT_TYPE, PresignedUrls
from plynx_common.domain.errors import NotFound, ObjectsUnavailable
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.objects import ObjectStat

LIMIT = timedelta(seconds=60)
_BLOCK = 1024 * 1024


class S3Objects(PresignedUrls):
    """An `ObjectStore`. Its bucket may be shared: only what is below the prefix is read, listed, written."""

    def __init__(self, client: Any, looking: Looking, multipart: Multipart, stack: AsyncExitStack) -> None:
        """Use `open`."""
        super().__init__(looking.answers.place, looking.now)
        self._answers = looking.answers
        self._client = client
        self._looking = looking
        self._multipart = multipart
        self._stack = stack

    @classmethod
    async def open(cls, url: str, *, now: Callable[[], float] = time.time, limit: timedelta = LIMIT) -> S3Objects:
        """Raises `Misconfigured` for a URL, bucket or key that cannot be used, `ObjectsUnavailable` for no answer.

        `limit` is for one call, tries included.
        """
        answers = Answers(Place.parse(url, os.environ), limit.total_seconds())
        async with AsyncExitStack() as stack:
            client = await connect(answers, stack)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            multipart = Multipart(client, answers)
            # Tidying: a key that may not list uploads, or a server that cannot, is no reason not to start.
            with suppress(NotFound, ObjectsUnavailable):
                await multipart.remove_abandoned(now())
            return cls(client, Looking(answers, session, now), multipart, stack.pop_all())

    async def put(self, key: str, body: bytes, *, content_type: str = DEFAULT_TYPE) -> None:
        where = self._where(key)
        async with self._answers.explained(key):
            await self._client.put_object(**where, Body=body, ContentType=content_type)

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        where = self._where(key)
        if end is not None and end <= start:  # no range says this
            if await self.stat(key) is None:
                raise NotFound(f"there is no object '{key}'")
            return b""
        if start or end is not None:
            where["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        async with self._answers.explained(key):
            try:
                answer = await self._client.get_object(**where)
                async with answer["Body"] as body:
                    return bytes(await body.read())
            except ClientError as error:
                if code_of(error) == "InvalidRange":  # it begins behind the last byte
                    return b""
                raise

    async def stream(self, key: str) -> AsyncGenerator[bytes]:
        where = self._where(key)
        async with self._answers.explained(key):
            answer = await self._client.get_object(**where)
        body = answer["Body"]
        async with body:
            while True:
                # The limit is for each block: who reads may take his time in between.
                async with self._answers.explained(key):
                    block = await body.read(_BLOCK)
                if not block:
                    return
                yield block

    async def stat(self, key: str) -> ObjectStat | None:
        found = await self._looking.stat(key)
        if found is None:
            # Not definitely absent where the whole bucket is: a lost one must not look like lost artifacts.
            async with self._answers.explained(key):
                await refuse_lost_bucket(self._client, self._answers)
        return found

    async def list(self, prefix: str) -> AsyncIterator[ObjectStat]:
        """In key order, a page of at most 1 000 at a time."""
        where = {"Bucket": self._place.bucket, "Prefix": self._place.prefix + prefix}
        while True:
            async with self._answers.explained(prefix):
                page = await self._client.list_objects_v2(**where)
            for entry in page.get("Contents", ()):
                yield _stat(entry["Key"][len(self._place.prefix) :], entry["Size"], entry["LastModified"])
            if not page["IsTruncated"]:
                return
            where["ContinuationToken"] = page["NextContinuationToken"]

    async def delete(self, key: str) -> None:
        where = self._where(key)
        async with self._answers.explained(key):
            await self._client.delete_object(**where)

    # --- large objects ---------------------------------------------------------------------------

    async def multipart_create(self, key: str, *, content_type: str) -> str:
        return await self._multipart.create(checked_key(key), content_type)

    async def multipart_complete(self, key: str, upload: str, etags: Sequence[str], *, sha256: str) -> None:
        """The server has compared the digest of each part; that of the whole is compared by whoever reads it.

        See docs/decisions/0007-sign-the-digest-of-every-part.md.
        """
        del sha256
        if await self.stat(key) is not None:
            await self._multipart.abort(key, upload)
        else:
            await self._multipart.complete(key, upload, etags)

    async def multipart_abort(self, key: str, upload: str) -> None:
        await self._multipart.abort(checked_key(key), upload)

    async def close(self) -> None:
        await self._stack.aclose()

    # --- inside ----------------------------------------------------------------------------------

    def _where(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + checked_key(key)}


def _stat(key: str, size: int, modified_at: Any) -> ObjectStat:
    return ObjectStat(key, size, timestamp(modified_at.astimezone(UTC)))
