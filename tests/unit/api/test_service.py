"""The service on a real socket: its start, its way in, its live streams and its end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from plynx_api.first_token import Address
from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.errors import Misconfigured
from plynx_common.interfaces.documents import Insert
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock, FakeIds
from tests.unit.api.parts import SECRET, graph, node


def make_backends() -> Backends:
    objects = MemoryObjects("http://127.0.0.1:8471", SECRET.encode())
    return Backends(MemoryBus(), MemoryDocuments(), objects, FakeClock(), FakeIds())


@asynccontextmanager
async def served(home: Path, backends: Backends, **fields: Any) -> AsyncGenerator[Address]:
    options: dict[str, Any] = {"port": 0, **fields}
    known = ApiSettings(home=home, secret=SecretStr(SECRET), **options)
    addresses: list[Address] = []
    async with api_service(known, backends, addresses.append) as address:
        assert addresses == [address]
        yield address


async def test_the_first_start_makes_a_token_and_keeps_it_private(tmp_path: Path) -> None:
    backends = make_backends()
    async with served(tmp_path / "home", backends) as address, httpx.AsyncClient() as http:
        file = tmp_path / "home" / "client.json"
        known = json.loads(file.read_text())
        assert file.stat().st_mode & 0o777 == 0o600
        assert known["url"] == address.url
        assert address.sign_in_link == f"{address.url}/login?token={known['token']}"
        answer = await http.get(f"{address.url}/api/v1/me", headers={"Authorization": f"Bearer {known['token']}"})
        assert answer.json()["id"] == "admin"
        assert (await http.get(f"{address.url}/readyz")).status_code == 200
        assert (await http.get(f"{address.url}/healthz")).json() == {"status": "live"}
        assert (await http.get(f"{address.url}/metrics")).status_code == 401
        home = await http.get(str(address.sign_in_link), follow_redirects=True)
        assert (home.status_code, str(home.url)) == (200, f"{address.url}/")
        assert "PLynx is running" in (await http.get(f"{address.url}/reference")).text


async def test_a_later_start_keeps_the_token_and_tells_the_new_address(tmp_path: Path) -> None:
    backends = make_backends()
    file = tmp_path / "client.json"
    async with served(tmp_path, backends):
        first = json.loads(file.read_text())
    async with served(tmp_path, backends) as address:
        second = json.loads(file.read_text())
        assert second == {"url": address.url, "token": first["token"]}


async def test_an_embedded_platform_whose_file_is_gone_makes_another_token(tmp_path: Path) -> None:
    backends = make_backends()
    file = tmp_path / "client.json"
    async with served(tmp_path, backends):
        first = json.loads(file.read_text())
    file.unlink()
    async with served(tmp_path, backends) as address:
        second = json.loads(file.read_text())
        assert second["token"] != first["token"]
        assert address.sign_in_link == f"{address.url}/login?token={second['token']}"


async def test_one_of_many_servers_makes_no_token_where_there_is_one(tmp_path: Path) -> None:
    backends = make_backends()
    file = tmp_path / "client.json"
    async with served(tmp_path, backends, bus_url="amqp://broker"):
        assert file.exists()
    file.unlink()
    async with served(tmp_path, backends, bus_url="amqp://broker") as address:
        assert address.sign_in_link is None
        assert not file.exists()


async def test_metrics_are_for_who_is_signed_in(tmp_path: Path) -> None:
    async with served(tmp_path, make_backends()) as address, httpx.AsyncClient() as http:
        token = json.loads((tmp_path / "client.json").read_text())["token"]
        answer = await http.get(f"{address.url}/metrics", headers={"Authorization": f"Bearer {token}"})
        assert "plynx_http_requests_total" in answer.text


async def test_a_port_in_use_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=rf"port {port}.*PLYNX_API_PORT"):
            async with served(tmp_path, make_backends(), port=port):
                pass


async def test_those_who_follow_are_sent_off_when_it_stops(tmp_path: Path) -> None:
    backends = make_backends()
    await backends.documents.write([Insert("platform", {"_id": "partitions", "count": 1})])
    lines: list[str] = []
    began = asyncio.Event()

    async def follow(http: httpx.AsyncClient, run: str) -> None:
        async with http.stream("GET", f"/api/v1/runs/{run}/events") as answer:
            async for line in answer.aiter_lines():
                lines.append(line)
                began.set()

    async with httpx.AsyncClient() as http:
        async with asyncio.timeout(5), served(tmp_path, backends) as address:
            token = json.loads((tmp_path / "client.json").read_text())["token"]
            http.base_url = httpx.URL(address.url)
            http.headers["Authorization"] = f"Bearer {token}"
            run = (await http.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
            task = asyncio.create_task(follow(http, run))
            await began.wait()
        async with asyncio.timeout(5):
            await task
    assert json.loads(lines[0])["type"] == "snapshot"


async def test_a_reader_that_goes_away_is_listened_for_no_longer(tmp_path: Path) -> None:
    backends = make_backends()
    await backends.documents.write([Insert("platform", {"_id": "partitions", "count": 1})])
    async with served(tmp_path, backends, most_followers=1) as address:
        token = json.loads((tmp_path / "client.json").read_text())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=address.url, headers=headers) as http:
            run = (await http.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
            url = f"/api/v1/runs/{run}/events"
            for _ in range(3):
                # With room for one only, each must have left for the next to come in.
                async with asyncio.timeout(5):
                    while True:
                        async with http.stream("GET", url) as answer:
                            if answer.status_code == 200:
                                await anext(answer.aiter_lines())
                                break
