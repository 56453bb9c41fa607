"""Large objects in parts: the server keeps them, and joins them when all are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.adapters.s3_objects.answers import Answers, code_of
from plynx_common.domain.errors import InvalidInput, NotFound

_UNKNOWN = {"NoSuchUpload", "NoSuchKey", "404"}
_ABANDONED_AFTER = 2 * 24 * 3600.0
"""Seconds; nobody may go on for longer than one day."""
_JOINING = 600.0
"""Seconds: a server may copy all parts before it answers."""


class Multipart:
    def __init__(self, client: Any, answers: Answers) -> None:
        self._client = client
        self._answers = answers
        self._place = answers.place

    async def create(self, key: str, content_type: str) -> str:
        async with self._answers.explained(key):
            answer = await self._client.create_multipart_upload(**self._where(key), ContentType=content_type)
        return str(answer["UploadId"])

    async def complete(self, key: str, upload: str, etags: Sequence[str]) -> None:
        """Raises `NotFound` for an upload that is none of this key, `InvalidInput` for parts that are not there."""
        # Asked first: Ceph answers the completion of a foreign upload with "in progress", and says of no part which.
        sent = await self._sent(key, upload)
        wanted = {number: etag.strip('"') for number, etag in enumerate(etags, start=1)}
        if missing := [str(number) for number, etag in wanted.items() if sent.get(number) != etag]:
            raise InvalidInput(
                f"multipart upload '{upload}' of '{key}' lacks parts {', '.join(missing[:10])}: send them (again), "
                "and complete with the ETag that each answer gave"
            )
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in wanted.items()]
        async with self._answers.explained(key, _JOINING):
            await self._join(key, upload, parts)

    async def abort(self, key: str, upload: str) -> None:
        async with self._answers.explained(key):
            try:
                await self._client.abort_multipart_upload(**self._where(key), UploadId=upload)
            except ClientError as error:
                if code_of(error) not in _UNKNOWN:
                    raise

    async def remove_abandoned(self, now: float) -> None:
        """Parts of an upload that nobody goes on with are invisible, and paid for."""
        where = {"Bucket": self._place.bucket, "Prefix": self._place.prefix}
        async with self._answers.explained("multipart uploads"):
            async for page in self._client.get_paginator("list_multipart_uploads").paginate(**where):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"].timestamp() < now - _ABANDONED_AFTER:
                        await self.abort(upload["Key"][len(self._place.prefix) :], upload["UploadId"])

    async def _join(self, key: str, upload: str, parts: Sequence[dict[str, Any]]) -> None:
        """Not every server honours the condition: one that does not replaces equal bytes by equal bytes."""
        try:
            await self._client.complete_multipart_upload(
                **self._where(key), UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except ClientError as error:
            if code_of(error) != "PreconditionFailed":
                raise
            await self.abort(key, upload)

    async def _sent(self, key: str, upload: str) -> dict[int, str]:
        """ETags by number."""
        where = {**self._where(key), "UploadId": upload}
        sent: dict[int, str] = {}
        while True:
            async with self._answers.explained(key):
                try:
                    page = await self._client.list_parts(**where)
                except ClientError as error:
                    if code_of(error) in _UNKNOWN:
                        raise NotFound(
                            f"there is no multipart upload '{upload}' of '{key}': it ended, or was never started"
                        ) from error
                    raise
            sent |= {part["PartNumber"]: part["ETag"].strip('"') for part in page.get("Parts", ())}
            if not page.get("IsTruncated"):
                return sent
            where["PartNumberMarker"] = page["NextPartNumberMarker"]

    def _where(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + key}
