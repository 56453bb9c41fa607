"""The same servers in containers (the images of docker-compose.yml), where a Docker engine answers; never killed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import pymongo
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]
from docker.errors import DockerException
from pymongo.errors import PyMongoError
from testcontainers.core.container import DockerContainer

from plynx_common.testing.servers.fresh import s3_client
from plynx_common.testing.servers.rabbitmq_management import Management
from plynx_common.testing.servers.sandbox import ServerFailed, free_port
from plynx_common.testing.servers.server import Address

USER, PASSWORD = "plynx", "not-secret"
ANSWER_SECONDS = 2
READY_SECONDS = 60
SOCKET = Path("/var/run/docker.sock")


def engine_answers() -> bool:
    if not (os.environ.get("DOCKER_HOST") or SOCKET.exists()):
        return False
    try:
        with closing(docker.from_env(timeout=ANSWER_SECONDS)) as engine:
            return bool(engine.ping())  # pyright: ignore[reportUnknownMemberType]
    except (DockerException, OSError):
        return False


@contextmanager
def rabbitmq() -> Generator[Address]:
    container = DockerContainer("rabbitmq:4.1-management").with_exposed_ports(5672, 15672)
    with container.with_envs(RABBITMQ_DEFAULT_USER=USER, RABBITMQ_DEFAULT_PASS=PASSWORD) as broker:
        host = f"{USER}:{PASSWORD}@{broker.get_container_host_ip()}"
        management = f"http://{host}:{broker.get_exposed_port(15672)}"
        _wait_until(lambda: Management(management).has_vhost("/"), "RabbitMQ")
        yield Address(f"amqp://{host}:{broker.get_exposed_port(5672)}/%2F", management)


@contextmanager
def mongodb() -> Generator[Address]:
    """At the same port inside and outside: a member of a replica set tells its clients the address that it knows."""
    port = free_port()
    container = DockerContainer("mongo:7.0").with_bind_ports(port, port)
    with container.with_command(f"--port {port} --bind_ip_all --replSet rs0") as store:
        host = store.get_container_host_ip()
        members = [{"_id": 0, "host": f"{host}:{port}"}]

        def is_ready() -> bool:
            try:
                with pymongo.MongoClient[dict[str, object]](host, port, directConnection=True) as client:
                    if not client.admin.command("hello").get("setName"):
                        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
                    return bool(client.admin.command("hello")["isWritablePrimary"])
            except PyMongoError:
                return False

        _wait_until(is_ready, "MongoDB")
        yield Address(f"mongodb://{host}:{port}/plynx?replicaSet=rs0")


@contextmanager
def s3() -> Generator[Address]:
    container = DockerContainer("ghcr.io/versity/versitygw:v1.7.0").with_command("posix /tmp").with_exposed_ports(7070)
    with container.with_envs(ROOT_ACCESS_KEY=USER, ROOT_SECRET_KEY=PASSWORD) as gateway:
        host = f"{gateway.get_container_host_ip()}:{gateway.get_exposed_port(7070)}"
        url = f"s3://{USER}:{PASSWORD}@{host}/plynx?tls=false"

        def is_ready() -> bool:
            try:
                return bool(client.list_buckets())
            except (BotoCoreError, ClientError):
                return False

        with closing(s3_client(url)) as client:
            _wait_until(is_ready, "VersityGW")
        yield Address(url)


def _wait_until(probe: Callable[[], bool], title: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not probe():
        if time.monotonic() > deadline:
            raise ServerFailed(f"{title} did not start in its container within {READY_SECONDS} s, see `docker ps`")
        time.sleep(0.1)
