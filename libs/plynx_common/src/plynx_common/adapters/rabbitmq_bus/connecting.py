"""Opening one connection, and saying in words why it cannot be."""

# aiormq's decorators hide the types of what they decorate.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import logging
from asyncio import StreamWriter
from itertools import count
from urllib.parse import urlsplit

import pamqp.frame
from aiormq import Connection
from aiormq.connection import FrameReceiver
from aiormq.exceptions import AMQPError
from pamqp import commands
from pamqp.base import Frame
from pamqp.frame import FrameTypes
from yarl import URL

from plynx_common.domain.errors import BusUnavailable, Misconfigured

HEARTBEAT = 10
"""Seconds. A connection is lost that was silent for a little more than two."""

MOST_CHANNELS = 2047
"""Of one connection, as brokers have it by themselves."""

# It tells each loss three times and with a traceback: the keeper and the consumers say it in a line of their own.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)


def _wrapped(number: int) -> int:
    return (number - 1) % MOST_CHANNELS + 1


class Refusal(AMQPError):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


class BusConnection(Connection):
    FRAME_BUFFER_SIZE = 0
    """Frames that may wait for the socket: settling does not wait, and who publishes waits for the socket itself."""
    HEARTBEAT_GRACE_MULTIPLIER = 2
    _last_number = 0

    def free_number(self) -> int:
        """For a channel; not that of one the broker has just closed, which may not be answered yet."""
        self._last_number = next(
            number for number in map(_wrapped, count(self._last_number + 1)) if number not in self.channels
        )
        return self._last_number

    @staticmethod
    async def _rpc(
        request: Frame,
        writer: StreamWriter,
        frame_receiver: FrameReceiver,
        wait_response: bool = True,  # noqa: FBT001, FBT002 (the library's)
    ) -> FrameTypes | None:
        """As the library's, which keeps the broker's reason to itself where it refuses a virtual host."""
        writer.write(pamqp.frame.marshal(request, 0))
        await writer.drain()
        if not wait_response:
            return None
        frame = (await frame_receiver.get_frame())[2]
        if isinstance(frame, commands.Connection.Close):
            raise Refusal(frame.reply_code or 0, frame.reply_text or "")
        return frame


async def connected(url: str, name: str) -> BusConnection:
    """Raises `Misconfigured` or `BusUnavailable`; `name` is shown by the broker."""
    named = f"PLYNX_BUS_URL '{_without_password(url)}'"
    try:
        connection = BusConnection(URL(url).update_query(heartbeat=HEARTBEAT, name=name))
    except (ValueError, KeyError) as error:
        raise Misconfigured(f"{named}: expected amqp://<user>:<password>@<host>:<port>/<virtual host>") from error
    try:
        await connection.connect()
    except Refusal as refusal:
        raise _in_words(named, refusal) from refusal
    except (AMQPError, OSError) as error:
        raise BusUnavailable(f"{named}: no broker answers there: {error}") from error
    return connection


def _in_words(named: str, refusal: Refusal) -> Misconfigured | BusUnavailable:
    match refusal.code:
        case 403:  # ACCESS_REFUSED
            return Misconfigured(f"{named}: the broker refuses this user or password: {refusal}")
        case 530:  # NOT_ALLOWED
            return Misconfigured(f"{named}: the broker refuses the virtual host: create it, or grant it: {refusal}")
        case _:
            return BusUnavailable(f"{named}: the broker closes the connection: {refusal}")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{place}{parts.path}"
