"""Opening one connection, and saying in words why it cannot be."""

# aiormq's decorators hide the types of what they decorate.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from urllib.parse import urlsplit

from aiormq import Connection
from aiormq.exceptions import AMQPError, ConnectionClosed, ConnectionNotAllowed, ProbableAuthenticationError
from yarl import URL

from plynx_common.domain.errors import BusUnavailable, Misconfigured

HEARTBEAT = 10
"""Seconds. A connection is lost that was silent for a little more than two."""
NOT_ALLOWED = 530


class BusConnection(Connection):
    FRAME_BUFFER_SIZE = 0
    """Frames that may wait for the socket: settling does not wait, and who publishes waits for the socket itself."""
    HEARTBEAT_GRACE_MULTIPLIER = 2


async def connected(url: str, name: str) -> BusConnection:
    """Raises `Misconfigured` or `BusUnavailable`; `name` is shown by the broker."""
    try:
        connection = BusConnection(URL(url).update_query(heartbeat=HEARTBEAT, name=name))
    except (ValueError, KeyError) as error:
        raise Misconfigured(f"{_named(url)}: expected amqp://<user>:<password>@<host>:<port>/<virtual host>") from error
    try:
        await connection.connect()
    except ProbableAuthenticationError as error:
        raise Misconfigured(f"{_named(url)}: the broker refuses this user or password") from error
    except ConnectionClosed as error:
        raise _refused(url, error) from error
    except (AMQPError, OSError) as error:
        raise BusUnavailable(f"{_named(url)}: no broker answers there: {_words(error)}") from error
    return connection


def _refused(url: str, error: ConnectionClosed) -> Misconfigured | BusUnavailable:
    if isinstance(error, ConnectionNotAllowed) or NOT_ALLOWED in error.args:
        return Misconfigured(
            f"{_named(url)}: the broker refuses the virtual host: {_words(error)}: create it, or grant it to this user"
        )
    return BusUnavailable(f"{_named(url)}: the broker closed the connection: {_words(error)}")


def _named(url: str) -> str:
    """Without the password."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return f"PLYNX_BUS_URL '{parts.scheme}://{user.partition(':')[0]}{at}{place}{parts.path}'"


def _words(error: BaseException) -> str:
    return " ".join(str(part) for part in error.args if part != NOT_ALLOWED) or type(error).__name__
