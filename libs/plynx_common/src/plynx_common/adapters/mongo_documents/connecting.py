"""Clients of both drivers, what the server must be, and what its errors mean for whoever runs PLynx."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, urlsplit

from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.errors import (
    ConfigurationError,
    ExecutionTimeout,
    InvalidOperation,
    InvalidURI,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from plynx_common.domain.errors import InvalidInput, Misconfigured, PlynxError, StoreUnavailable
from plynx_common.interfaces.documents import Document

Driver = Literal["motor", "pymongo"]
Client = AsyncMongoClient[Document]
"""Motor's has the same calls, as far as they are used here."""

SETTING = "PLYNX_DOCUMENTS_URL"
OLDEST_SERVER = (6, 0)
TIME_LIMIT_MS = 10_000
"""Of every call with all its repeats; long enough for the members of a replica set to agree on a new primary."""
_DEFAULTS = {"timeoutMS": TIME_LIMIT_MS, "appname": "plynx"}
_OWN_TIME_LIMITS = frozenset(("timeoutms", "sockettimeoutms"))

_AUTHENTICATION_FAILED = (18, 8000)
_UNAUTHORIZED = 13
_TOO_LARGE = (10334, 17280)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the documents are, in words that hold no password."""

    hosts: str
    user: str | None

    def __str__(self) -> str:
        return f"document store at {self.hosts} ({SETTING})"


def place_of(url: str) -> Place:
    credentials, _, hosts = urlsplit(url).netloc.rpartition("@")
    return Place(hosts, credentials.partition(":")[0] or None)


def connect(url: str, driver: Driver) -> Client:
    """Speaks to nobody yet. Options in the URL win over ours. Raises `Misconfigured`."""
    given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    options: dict[str, Any] = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
    if given & _OWN_TIME_LIMITS:
        options.pop("timeoutMS", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # of options that the driver does not know, or leaves out
            if driver == "pymongo":
                return AsyncMongoClient(url, **options)
            return cast("Client", AsyncIOMotorClient(url, **options))
    except (ConfigurationError, InvalidURI, ValueError, UserWarning) as error:
        raise Misconfigured(
            f"{SETTING} cannot be understood ({error}): expected "
            "mongodb://<user>:<password>@<host>:<port>/<database>?replicaSet=<name>, with %-escapes in the password"
        ) from error


async def check_server(client: Client, place: Place) -> None:
    """Raises `StoreUnavailable` and `Misconfigured`."""
    with translating(place):
        hello = await client.admin.command("hello")
        build = await client.admin.command("buildInfo")
    refuse_unfit(hello, build, place)


def refuse_unfit(hello: Document, build: Document, place: Place) -> None:
    """Raises `Misconfigured`."""
    if tuple(build["versionArray"][:2]) < OLDEST_SERVER:
        wanted = ".".join(map(str, OLDEST_SERVER))
        raise Misconfigured(f"{place} is MongoDB {build['version']}: PLynx needs {wanted} or newer")
    if hello.get("msg") == "isdbgrid":
        raise Misconfigured(f"{place} is a router of a sharded cluster: name the members of one replica set")
    if "setName" not in hello:
        raise Misconfigured(
            f"{place} is a single server, which cannot promise that what it confirmed stays: make it a replica set "
            "(one member is enough: start mongod with --replSet rs0, then run rs.initiate() once)"
        )


@contextmanager
def translating(place: Place) -> Generator[None]:
    try:
        yield
    except (PyMongoError, BSONError) as error:
        raise translated(error, place) from error


def translated(error: PyMongoError | BSONError, place: Place) -> PlynxError:
    """What went wrong and what to do."""
    if isinstance(error, BSONError):
        return InvalidInput(f"a query or change is larger than MongoDB takes ({error}): ask for less at once")
    if isinstance(error, ServerSelectionTimeoutError):
        return _silent(place, f"no primary found: {_first(error)}")
    if isinstance(error, InvalidOperation):
        return StoreUnavailable(f"{place} is closed: open it again")
    if isinstance(error, NetworkTimeout | ExecutionTimeout) or error.timeout:
        return _silent(place, f"no answer in time: {_first(error)}")
    if isinstance(error, OperationFailure):
        return _refused(error, place)
    return _silent(place, _first(error))


def _refused(error: OperationFailure, place: Place) -> PlynxError:
    if error.code in _AUTHENTICATION_FAILED:
        return Misconfigured(
            f"{place} does not accept user '{place.user}': check name, password and authSource in {SETTING}"
        )
    if error.code == _UNAUTHORIZED:
        who = "who gives no name" if place.user is None else f"as user '{place.user}'"
        return Misconfigured(
            f"{place} forbids PLynx, {who}, to use its database ({_first(error)}): grant it the role readWrite there, "
            f"or name another user in {SETTING}"
        )
    if error.code in _TOO_LARGE:
        return InvalidInput(f"a query or change is larger than MongoDB takes ({_first(error)}): ask for less at once")
    return _silent(place, f"{_first(error)} (code {error.code})")


def _silent(place: Place, reason: str) -> StoreUnavailable:
    return StoreUnavailable(f"{place} does not work ({reason}): check that it runs, can be reached and has a primary")


def _first(error: PyMongoError) -> str:
    """Without what the driver appends for its own developers."""
    return str(error).partition(", full error:")[0].partition(", Timeout:")[0].partition(" (configured timeouts")[0]
