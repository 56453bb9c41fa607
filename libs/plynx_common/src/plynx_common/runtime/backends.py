"""The only place that knows adapters: the scheme of a URL picks one, imported in its branch."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from plynx_common.domain.errors import Misconfigured
from plynx_common.interfaces.bus import MessageBus
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.runtime.counting import CountedBus, CountedDocuments
from plynx_common.runtime.home import locked, make_private_directory, signing_secret
from plynx_common.runtime.settings import PlatformSettings

EMBEDDED_DOCUMENTS = ("sqlite", "memory")


@dataclass(frozen=True, slots=True)
class Backends:
    """Everything outside the process that services touch."""

    bus: MessageBus
    documents: DocumentStore
    objects: ObjectStore
    clock: Clock
    ids: Ids


class Reach(Enum):
    """What of the outside a process may touch."""

    EVERYTHING = "everything"
    BUS = "bus"
    """Of workers: they hold no credentials of a store."""


class Closable(Protocol):
    async def close(self) -> None: ...


class Withheld:
    """In the place of a store that this process must not touch."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise RuntimeError(f"this process has no {self._name} to call '{attribute}' of")

    async def close(self) -> None: ...


@asynccontextmanager
async def open_backends(settings: PlatformSettings, reach: Reach = Reach.EVERYTHING) -> AsyncGenerator[Backends]:
    """Raises `Misconfigured`, in words, for what cannot work together or on this disk."""
    _refuse_what_cannot_work(settings, reach)
    async with AsyncExitStack() as stack:
        for directory in _directories_to_lock(settings):
            stack.enter_context(locked(directory))
        documents: Any = Withheld("document store")
        objects: Any = Withheld("object store")
        if reach is Reach.EVERYTHING:
            documents = CountedDocuments(await _open_documents(settings))
            stack.push_async_callback(documents.close)
            objects = await _open_objects(settings)
            stack.push_async_callback(objects.close)
        bus = await _open_bus(settings, reach)
        stack.push_async_callback(bus.close)
        yield _with_system_clock(CountedBus(bus), documents, objects)


def openers(settings: PlatformSettings) -> dict[str, Callable[[], Awaitable[Closable]]]:
    """By setting: what opens that one alone, to tell which of them cannot be reached."""
    return {
        "PLYNX_BUS_URL": lambda: _open_bus(settings, Reach.BUS),
        "PLYNX_DOCUMENTS_URL": lambda: _open_documents(settings),
        "PLYNX_OBJECTS_URL": lambda: _open_objects(settings),
    }


def _with_system_clock(bus: MessageBus, documents: DocumentStore, objects: ObjectStore) -> Backends:
    from plynx_common.adapters.system_clock import SystemClock, SystemIds

    return Backends(bus, documents, objects, SystemClock(), SystemIds())


def _refuse_what_cannot_work(settings: PlatformSettings, reach: Reach) -> None:
    """The bus in memory joins the services of one process: nothing else may open what they share."""
    bus, documents, objects = (
        urlsplit(url).scheme for url in (settings.bus_url, settings.documents_url, settings.objects_url)
    )
    if reach is Reach.BUS:
        if bus == "memory":
            raise Misconfigured(
                "PLYNX_BUS_URL memory:// joins the services of one process, and this one is alone: start `plynx up`, "
                "or set it to the broker, amqp://<user>:<password>@<host>/<vhost>"
            )
        return
    if bus == "memory" and documents not in EMBEDDED_DOCUMENTS:
        raise Misconfigured(
            f"PLYNX_BUS_URL memory:// joins the services of one process, and cannot go with PLYNX_DOCUMENTS_URL "
            f"{documents}://, which others reach too: use sqlite:///<path> for the documents, or amqp:// for the bus"
        )
    if bus != "memory" and documents in EMBEDDED_DOCUMENTS:
        raise Misconfigured(
            f"PLYNX_BUS_URL {bus}:// joins separate processes, and PLYNX_DOCUMENTS_URL {documents}:// can be opened by "
            f"one only: use memory:// for the bus, or mongodb://<host>/<database> for the documents"
        )
    if bus != "memory" and objects == "memory":
        raise Misconfigured(
            f"PLYNX_BUS_URL {bus}:// joins separate processes, and PLYNX_OBJECTS_URL memory:// is seen by one only: "
            f"use s3://, or file:///<path> of a folder that the storage and API services share"
        )


def _directories_to_lock(settings: PlatformSettings) -> list[Path]:
    """The state directory, and that of the database where it lies elsewhere: two homes must not share one store."""
    if urlsplit(settings.bus_url).scheme != "memory":
        return []
    directories = [settings.home]
    if urlsplit(settings.documents_url).scheme == "sqlite":
        directories.append(_path(settings.documents_url, "PLYNX_DOCUMENTS_URL").parent)
    return list(dict.fromkeys(directory.resolve() for directory in directories))


async def _open_bus(settings: PlatformSettings, reach: Reach) -> MessageBus:
    match urlsplit(settings.bus_url).scheme:
        case "memory":
            from plynx_common.adapters.memory_bus import MemoryBus

            return MemoryBus()
        case "amqp" | "amqps":
            from plynx_common.adapters.rabbitmq_bus import RabbitMQBus

            return await RabbitMQBus.open(settings.bus_url, declares_shared=reach is Reach.EVERYTHING)
        case scheme:
            raise Misconfigured(_unsupported("PLYNX_BUS_URL", scheme, "amqp://<host>/<vhost> or memory://"))


async def _open_documents(settings: PlatformSettings) -> DocumentStore:
    match urlsplit(url := settings.documents_url).scheme:
        case "memory":
            from plynx_common.adapters.memory_documents import MemoryDocuments

            return MemoryDocuments()
        case "sqlite":
            from plynx_common.adapters.sqlite_documents import SqliteDocuments

            path = _path(url, "PLYNX_DOCUMENTS_URL")
            make_private_directory(path.parent)
            return await SqliteDocuments.open(path)
        case "mongodb" | "mongodb+srv":
            from plynx_common.adapters.mongo_documents import MongoDocuments

            return await MongoDocuments.open(url, driver=settings.documents_driver)
        case scheme:
            expected = "mongodb://<host>/<database>, sqlite:///<path> or memory://"
            raise Misconfigured(_unsupported("PLYNX_DOCUMENTS_URL", scheme, expected))


async def _open_objects(settings: PlatformSettings) -> ObjectStore:
    match urlsplit(settings.objects_url).scheme:
        case "memory":
            from plynx_common.adapters.memory_objects import MemoryObjects

            return MemoryObjects(settings.transfer_url, signing_secret(settings))
        case "file":
            from plynx_common.adapters.local_objects import LocalObjects

            folder = make_private_directory(_path(settings.objects_url, "PLYNX_OBJECTS_URL"))
            return LocalObjects(folder, settings.transfer_url, signing_secret(settings))
        case "s3":
            from plynx_common.adapters.s3_objects import S3Objects

            return await S3Objects.open(settings.objects_url)
        case scheme:
            expected = "s3://<host>/<bucket>, file:///<path> or memory://"
            raise Misconfigured(_unsupported("PLYNX_OBJECTS_URL", scheme, expected))


def _path(url: str, setting: str) -> Path:
    parts = urlsplit(url)
    path = Path(re.sub("^/+", "/", unquote(parts.path)))  # Path keeps two leading slashes
    if parts.netloc or not path.is_absolute() or path == Path("/"):
        raise Misconfigured(f"{setting} '{url}': expected {parts.scheme}:///<absolute path>, with three slashes")
    return path


def _unsupported(setting: str, scheme: str, expected: str) -> str:
    return f"{setting} begins with '{scheme}://', which this release has no adapter for: expected {expected}"
