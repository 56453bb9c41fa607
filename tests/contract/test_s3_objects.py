"""The object store on an S3 server keeps what every object store promises, on a server that checks signatures."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from io import BytesIO

import aiohttp
import pytest
from yarl import URL

from plynx_common.adapters.s3_objects import S3Objects
from plynx_common.interfaces.objects import PresignedRequest
from plynx_common.testing.contract.objects import Answer, ObjectStoreContract, Send


@pytest.fixture
async def objects(s3_url: str) -> AsyncGenerator[S3Objects]:
    objects = await S3Objects.open(s3_url)
    yield objects
    await objects.close()


@pytest.fixture
async def send() -> AsyncGenerator[Send]:
    async with aiohttp.ClientSession() as session:

        async def send(request: PresignedRequest, body: bytes) -> Answer:
            content = BytesIO(body) if request.method == "PUT" else None
            url = URL(request.url, encoded=True)
            async with session.request(request.method, url, headers=request.headers, data=content) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await response.read())

        yield send


class TestS3Objects(ObjectStoreContract):
    pass
