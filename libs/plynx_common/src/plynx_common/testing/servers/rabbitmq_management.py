"""The few calls of RabbitMQ's management API that tests need: throw-away vhosts, what a node knows of its queues."""

from __future__ import annotations

import base64
import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from plynx_common.testing.servers.sandbox import ServerFailed


class Management:
    """Of the broker whose management listener is at `http(s)://user:password@host:port`."""

    def __init__(self, url: str) -> None:
        self._at = urlsplit(url)
        self._user = unquote(self._at.username or "guest")
        credentials = f"{self._user}:{unquote(self._at.password or 'guest')}"
        self._headers = {"authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}

    def has_vhost(self, name: str) -> bool:
        """False also while nobody answers."""
        try:
            return self._ask("GET", f"vhosts/{quote(name, safe='')}")[0] == 200
        except (OSError, HTTPException):
            return False

    def create_vhost(self, name: str) -> None:
        """The user of the URL may do everything there."""
        self.call("PUT", f"vhosts/{quote(name, safe='')}")
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"permissions/{quote(name, safe='')}/{quote(self._user, safe='')}", rights)

    def delete_vhost(self, name: str) -> None:
        """Ends its connections too."""
        self.call("DELETE", f"vhosts/{quote(name, safe='')}")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Of `/api/path`: the JSON that came back, None where there was nothing."""
        status, answer = self._ask(method, path, body)
        if status >= 300:
            raise ServerFailed(
                f"RabbitMQ's management API at {self._at.hostname}:{self._at.port} answered {status} to "
                f"{method} /api/{path}: {answer.decode(errors='replace')}"
            )
        return json.loads(answer) if answer else None

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        kind = HTTPSConnection if self._at.scheme == "https" else HTTPConnection
        connection = kind(self._at.hostname or "127.0.0.1", self._at.port, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/api/{path}", content, self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
