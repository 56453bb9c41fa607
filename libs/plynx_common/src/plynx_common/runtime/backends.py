"""The only place that knows adapters: the scheme of a URL picks one, imported in its branch."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
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


@asynccontextmanager
async def open_backends(settings: PlatformSettings) -> AsyncGenerator[Backends]:
    """Raises `Misconfigured`, in words, for what cannot work together or on this disk."""
    _refuse_what_cannot_work(settings)
    async with AsyncExitStack() as stack:
        for directory in _directories_to_lock(settings):
            stack.enter_context(locked(directory))
        documents = await _open_documents(settings.documents_url)
        stack.push_async_callback(documents.close)
        objects = _open_objects(settings)
        stack.push_async_callback(objects.close)
        bus = _open_bus(settings.bus_url)
        stack.push_async_callback(bus.close)
        yield _with_system_clock(CountedBus(bus), CountedDocuments(documents), objects)


def _with_system_clock(bus: MessageBus, documents: DocumentStore, objects: ObjectStore) -> Backends:
    from plynx_common.adapters.system_clock import SystemClock, SystemIds

    return Backends(bus, documents, objects, SystemClock(), SystemIds())


def _refuse_what_cannot_work(settings: PlatformSettings) -> None:
    """The bus in memory joins the services of one process: nothing else may open what they share."""
    bus, documents = (urlsplit(url).scheme for url in (settings.bus_url, settings.documents_url))
    if bus == "memory" and documents not in EMBEDDED_DOCUMENTS:
        raise Misconfigured(
            f"PLYNX_BUS_URL memory:// joins the services of one process, and cannot go with PLYNX_DOCUMENTS_URL "
            f"{documents}://, which others reach too: use sqlite:///<path> for the documents, or amqp:// for the bus"
        )
    if bus != "memory" and documents in EMBEDDED_DOCUMENTS:
        raise Misconfigured(
            f"PLYNX_BUS_URL {bus}:// joins separate processes, and PLYNX_DOCUMENTS_URL {documents}:// can be opened by "
            f"one only: use memory:// for the bus, or a document server that all of them reach"
        )


def _directories_to_lock(settings: PlatformSettings) -> list[Path]:
    """The state directory, and that of the database where it lies elsewhere: two homes must not share one store."""
    if urlsplit(settings.bus_url).scheme != "memory":
        return []
    directories = [settings.home]
    if urlsplit(settings.documents_url).scheme == "sqlite":
        directories.append(_path(settings.documents_url, "PLYNX_DOCUMENTS_URL").parent)
    return list(dict.fromkeys(directory.resolve() for directory in directories))


def _open_bus(url: str) -> MessageBus:
    match urlsplit(url).scheme:
        case "memory":
            from plynx_common.adapters.memory_bus import MemoryBus

            return MemoryBus()
        case scheme:
            raise Misconfigured(_unsupported("PLYNX_BUS_URL", scheme, "memory://"))


async def _open_documents(url: str) -> DocumentStore:
    match urlsplit(url).scheme:
        case "memory":
            from plynx_common.adapters.memory_documents import MemoryDocuments

            return MemoryDocuments()
        case "sqlite":
            from plynx_common.adapters.sqlite_documents import SqliteDocuments

            path = _path(url, "PLYNX_DOCUMENTS_URL")
            make_private_directory(path.parent)
            return await SqliteDocuments.open(path)
        case scheme:
            raise Misconfigured(_unsupported("PLYNX_DOCUMENTS_URL", scheme, "sqlite:///<path> or memory://"))


def _open_objects(settings: PlatformSettings) -> ObjectStore:
    match urlsplit(settings.objects_url).scheme:
        case "memory":
            from plynx_common.adapters.memory_objects import MemoryObjects

            return MemoryObjects(settings.transfer_url, signing_secret(settings))
        case "file":
            from plynx_common.adapters.local_objects import LocalObjects

            folder = make_private_directory(_path(settings.objects_url, "PLYNX_OBJECTS_URL"))
            return LocalObjects(folder, settings.transfer_url, signing_secret(settings))
        case scheme:
            raise Misconfigured(_unsupported("PLYNX_OBJECTS_URL", scheme, "file:///<path> or memory://"))


def _path(url: str, setting: str) -> Path:
    parts = urlsplit(url)
    path = Path(re.sub("^/+", "/", unquote(parts.path)))  # Path keeps two leading slashes
    if parts.netloc or not path.is_absolute() or path == Path("/"):
        raise Misconfigured(f"{setting} '{url}': expected {parts.scheme}:///<absolute path>, with three slashes")
    return path


def _unsupported(setting: str, scheme: str, expected: str) -> str:
    return f"{setting} begins with '{scheme}://', which this release has no adapter for: expected {expected}"
