"""The real servers of the test kit start, keep their data when killed, lose it when wiped, and leave nothing behind."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pymongo
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.fixtures import StartServer
from plynx_common.testing.servers.fresh import s3_client
from plynx_common.testing.servers.mongodb import MongoDB
from plynx_common.testing.servers.rabbitmq import RabbitMQ
from plynx_common.testing.servers.sandbox import ServerFailed, accepts
from plynx_common.testing.servers.shared import SharedServers

QUEUE = "kept"


@asynccontextmanager
async def channel_of(url: str) -> AsyncGenerator[AbstractChannel]:
    async with await aio_pika.connect(url, timeout=10) as connection, connection.channel() as channel:
        yield channel


async def declare_and_fill(url: str) -> None:
    async with channel_of(url) as channel:
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(a_message(), QUEUE)


def a_message() -> aio_pika.Message:
    return aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


async def first_message(url: str) -> bytes:
    async with channel_of(url) as channel:
        queue = await channel.declare_queue(QUEUE, passive=True)
        message = await queue.get(timeout=20)
        assert message
        return message.body


@contextmanager
def collection_of(url: str) -> Generator[Collection[dict[str, Any]]]:
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=20_000) as client:
        yield client.get_default_database()["things"]


# --- shared by the tests of a session


async def test_each_test_has_a_vhost_a_database_and_a_bucket_of_its_own(
    amqp_url: str, mongodb_url: str, s3_url: str
) -> None:
    async with channel_of(amqp_url) as channel:
        await channel.declare_queue("mine", exclusive=True)
    with collection_of(mongodb_url) as things:
        things.insert_one({"name": "mine"})
        assert things.count_documents({}) == 1
    with closing(s3_client(s3_url)) as client:
        bucket = urlsplit(s3_url).path.strip("/")
        client.put_object(Bucket=bucket, Key="mine", Body=b"1")
        assert [found["Name"] for found in client.list_buckets()["Buckets"]] == [bucket]


async def test_what_a_test_has_made_is_gone_after_it(amqp_url: str, mongodb_url: str, s3_url: str) -> None:
    async with channel_of(amqp_url) as channel:
        with pytest.raises(ChannelNotFoundEntity):
            await channel.declare_queue("mine", passive=True)
    with collection_of(mongodb_url) as things:
        databases = things.database.client.list_database_names()
    assert not [name for name in databases if name.startswith("test-")]
    with closing(s3_client(s3_url)) as client:
        assert not client.list_objects_v2(Bucket=urlsplit(s3_url).path.strip("/"))["KeyCount"]


def test_a_server_named_in_the_environment_is_taken(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    store = start_server(MongoDB())
    monkeypatch.setenv("PLYNX_TEST_MONGODB_URL", store.url)
    with SharedServers(()) as servers, servers.database() as url:
        assert url.startswith(f"mongodb://{store.members[0].address}/test-database-")


class NoMongoDB(MongoDB):
    @classmethod
    def installed(cls) -> bool:
        return False


def test_a_missing_server_skips_a_test_and_fails_it_in_ci(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no MongoDB here; set PLYNX_TEST_MONGODB_URL, or .*: make setup"):
        start_server(NoMongoDB())
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no MongoDB here"):
        start_server(NoMongoDB())


# --- one's own


async def test_rabbitmq_keeps_a_queue_when_killed_and_its_user_when_wiped(start_server: StartServer) -> None:
    broker = await asyncio.to_thread(start_server, RabbitMQ())
    await declare_and_fill(broker.url)
    now = asyncio.get_running_loop().time
    old = now() + 3
    await eventually(lambda: now() > old, within=5, story="the quorum queue is old enough to survive")
    broker.kill()
    assert not accepts(broker.port)
    await asyncio.to_thread(broker.start)
    assert await first_message(broker.url) == b"kept"
    broker.wipe()
    await asyncio.to_thread(broker.start)
    async with channel_of(broker.url) as channel:
        with pytest.raises(ChannelNotFoundEntity):
            await channel.declare_queue(QUEUE, passive=True)


async def test_rabbitmq_blocks_publishers_under_a_memory_alarm_and_freezes(start_server: StartServer) -> None:
    broker = await asyncio.to_thread(start_server, RabbitMQ())
    async with channel_of(broker.url) as channel:
        await channel.declare_queue(QUEUE, durable=True)
        await asyncio.to_thread(broker.raise_memory_alarm)
        publishing = asyncio.ensure_future(channel.default_exchange.publish(a_message(), QUEUE))
        await asyncio.wait([publishing], timeout=1)
        assert not publishing.done()
        await asyncio.to_thread(broker.clear_memory_alarm)
        await asyncio.wait_for(publishing, 20)
    broker.suspend()
    with pytest.raises(TimeoutError):
        await aio_pika.connect(broker.url, timeout=1)
    broker.resume()
    assert await first_message(broker.url) == b"kept"


async def test_rabbitmq_takes_back_what_a_consumer_keeps_for_too_long(start_server: StartServer) -> None:
    broker = await asyncio.to_thread(start_server, RabbitMQ(consumer_timeout=timedelta(seconds=1)))
    await declare_and_fill(broker.url)
    closed: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def keep(_: object) -> None:
        """Never acknowledged."""

    async with await aio_pika.connect(broker.url) as connection:
        channel = await connection.channel()
        channel.close_callbacks.add(lambda _, error: closed.done() or closed.set_result(error))
        await (await channel.get_queue(QUEUE)).consume(keep)
        assert isinstance(await asyncio.wait_for(closed, 20), ChannelPreconditionFailed)


def test_mongodb_keeps_a_document_when_killed_and_none_when_wiped(start_server: StartServer) -> None:
    store, other = start_server(MongoDB()), start_server(MongoDB())
    with collection_of(store.url) as things:
        things.insert_one({"_id": 1})
        store.kill()
        assert not accepts(store.members[0].port)
        store.start()
        assert things.find_one() == {"_id": 1}
        store.suspend()
        with pytest.raises(PyMongoError), pymongo.timeout(0.5):
            things.find_one()
        store.resume()
        assert things.find_one() == {"_id": 1}
    store.wipe()
    store.start()
    for url in (store.url, other.url):
        with collection_of(url) as things:
            assert things.find_one() is None


def test_a_replica_set_takes_writes_again_after_its_primary_was_killed(start_server: StartServer) -> None:
    store = start_server(MongoDB(members=3))
    first = store.primary()
    with collection_of(store.url) as things:
        things.insert_one({"_id": 1})
        first.kill()
        second = store.primary()
        assert second is not first
        things.insert_one({"_id": 2})
        first.start()
        assert things.count_documents({}) == 2


def test_s3_keeps_an_object_when_its_gateway_is_killed_and_none_when_wiped(
    start_server: StartServer, s3_url: str
) -> None:
    store = start_server(CephS3())
    with closing(s3_client(store.url)) as client:
        client.create_bucket(Bucket="things")
        client.put_object(Bucket="things", Key="kept", Body=b"kept")
        store.kill()
        assert not accepts(store.port)
        store.start()
        assert client.get_object(Bucket="things", Key="kept")["Body"].read() == b"kept"
        store.wipe()
        store.start()
        assert not client.list_buckets()["Buckets"]
    with closing(s3_client(s3_url)) as client:  # the shared one, beside it all the time
        assert client.list_buckets()["Buckets"]


# --- what is left behind

OWNER = """
from plynx_common.testing.servers.rabbitmq import RabbitMQ
with RabbitMQ() as broker:
    print(broker.sandbox.directory, flush=True)
    input()
"""


def processes_of(directory: str) -> list[str]:
    """Command lines of those that name it, or live in it."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (
                directory in str((process / "cwd").readlink())
                or directory.encode() in (process / "cmdline").read_bytes()
            ):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
async def test_nothing_outlives_the_process_that_started_it(how: signal.Signals) -> None:
    pipe = asyncio.subprocess.PIPE
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, stdin=pipe, stdout=pipe)
    assert owner.stdout
    directory = (await owner.stdout.readline()).decode().strip()
    assert any("epmd" in command for command in processes_of(directory))
    owner.send_signal(how)
    await owner.wait()
    await eventually(lambda: not processes_of(directory), within=20, story="no process is left")
    await eventually(lambda: not Path(directory).exists(), story="no file is left")


def test_a_server_that_does_not_start_says_why_and_where_its_log_is() -> None:
    store = MongoDB()
    with socket.socket() as occupier:
        occupier.bind(("127.0.0.1", store.members[0].port))
        with (
            pytest.raises(ServerFailed, match=r"(?s)mongod0 ended before it did start, its log: /.*in use") as failure,
            store,
        ):
            pass
    log = store.sandbox.directory / "mongod0.log"
    assert str(log) in str(failure.value)
    assert log.exists()
    shutil.rmtree(store.sandbox.directory)
