"""Is it there? Asked for every output of every node, so by a request of our own: boto takes seven times as long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from plynx_common.adapters.s3_objects.answers import Answers
from plynx_common.adapters.s3_objects.presigning import PresignedUrls
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.objects import ObjectStat

_GOOD_FOR = timedelta(minutes=5)
_WAITS = (0.1, 0.4)
"""Seconds before it is asked again."""


class Looking:
    def __init__(self, answers: Answers, session: aiohttp.ClientSession, now: Callable[[], float]) -> None:
        place = answers.place
        self._urls = PresignedUrls(replace(place, public=place.endpoint), now)
        self.now = now
        self.answers = answers
        self._session = session

    async def stat(self, key: str) -> ObjectStat | None:
        """Absent, too, where the whole bucket is."""
        request = self._urls.presign_head(key, expires=_GOOD_FOR)
        async with self.answers.explained(key):
            status, headers = await self._asked(URL(request.url, encoded=True))
        if status == 404:
            return None
        if status != 200:
            raise self.answers.refusal(key, str(status), f"status {status}")
        at = parsedate_to_datetime(headers["Last-Modified"]).astimezone(UTC)
        return ObjectStat(key, int(headers["Content-Length"]), timestamp(at))

    async def _asked(self, url: URL) -> tuple[int, Mapping[str, str]]:
        for wait in _WAITS:
            with suppress(aiohttp.ClientError):
                status, headers = await self._asked_once(url)
                if status < 500:
                    return status, headers
            await asyncio.sleep(wait)
        return await self._asked_once(url)

    async def _asked_once(self, url: URL) -> tuple[int, Mapping[str, str]]:
        async with self._session.head(url) as response:
            return response.status, response.headers
