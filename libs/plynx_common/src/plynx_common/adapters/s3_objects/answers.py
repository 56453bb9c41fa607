"""What the server says, in our words; every call has a limit of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.adapters.s3_objects.place import Place
from plynx_common.domain.errors import NotFound, ObjectsUnavailable

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_FORBIDDEN = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"}


@dataclass(frozen=True, slots=True)
class Answers:
    place: Place
    limit: float
    """Seconds for one call, tries included."""

    @asynccontextmanager
    async def explained(self, key: str, limit: float | None = None) -> AsyncGenerator[None]:
        """Raises `NotFound` and `ObjectsUnavailable` for what the client libraries raise."""
        limit = limit or self.limit
        try:
            async with asyncio.timeout(limit):
                yield
        except ClientError as error:
            raise self.refusal(key, code_of(error), _first_line(error)) from error
        except (BotoCoreError, aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            what = f"no answer within {limit:g} s" if isinstance(error, TimeoutError) else _first_line(error)
            raise ObjectsUnavailable(
                f"the object store at {self.place.endpoint} does not answer for '{key}': {what}; "
                "is it up, and is PLYNX_OBJECTS_URL (s3://…) where it listens?"
            ) from error

    def refusal(self, key: str, code: str, words: str) -> NotFound | ObjectsUnavailable:
        """`code`: of S3, or the status."""
        if code in _ABSENT:
            return NotFound(f"there is no object '{key}'")
        place = self.place
        where = f"the object store at {place.endpoint}"
        if code == "NoSuchBucket":
            return ObjectsUnavailable(
                f"{where} has lost bucket '{place.bucket}': make it again, or name another in PLYNX_OBJECTS_URL"
            )
        if code in _FORBIDDEN:
            return ObjectsUnavailable(
                f"{where} refuses '{key}' in bucket '{place.bucket}' ({code}): the key of PLYNX_OBJECTS_URL must be "
                "allowed to read, write, list and delete there, and the clocks of both sides must agree"
            )
        return ObjectsUnavailable(f"{where} failed for '{key}' ({words}); try again, or look into its log")


def code_of(error: ClientError) -> str:
    answer = cast("dict[str, Any]", error.response)
    return str(answer.get("Error", {}).get("Code", ""))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0][:300]
