"""The bus over RabbitMQ keeps what every bus promises, and comes back when its broker does."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from urllib.parse import quote

import aiohttp
import pytest

from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.interfaces.bus import MessageBus
from plynx_common.testing.contract.bus import MessageBusContract
from plynx_common.testing.contract.bus_inbox import Connect

HTTP = "http://guest:guest@127.0.0.1:25002/api"


@pytest.fixture
async def amqp_url(request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    vhost = quote(f"t-{os.getpid()}-{abs(hash(request.node.name))}", safe="")
    async with aiohttp.ClientSession() as http:
        await http.put(f"{HTTP}/vhosts/{vhost}")
        yield f"amqp://guest:guest@127.0.0.1:25000/{vhost}"
        await http.delete(f"{HTTP}/vhosts/{vhost}")


@pytest.fixture
async def connect(amqp_url: str) -> AsyncGenerator[Connect]:
    connections: list[RabbitMQBus] = []

    async def connect() -> MessageBus:
        connections.append(await RabbitMQBus.open(amqp_url))
        return connections[-1]

    yield connect
    for connection in connections:
        await connection.close()


class TestRabbitMQBus(MessageBusContract):
    pass
