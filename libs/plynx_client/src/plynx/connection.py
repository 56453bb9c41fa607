"""The connection to a platform: where it is, who asks, and what went wrong in words."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

JSON_LINES = "application/x-ndjson"
ANSWER_WITHIN = 30.0
"""Seconds; streams have no limit between two pieces."""


class ApiError(Exception):
    """The platform refused; `problem` is its own description (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(str(problem.get("detail") or problem.get("title") or f"HTTP {status}"))

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))

    @property
    def issues(self) -> list[Mapping[str, Any]]:
        return list(self.problem.get("errors") or [])


class Unreachable(Exception):
    """Nobody answers there."""


class NoProfile(Exception):
    """It is not known where the platform is."""


@dataclass(frozen=True, slots=True)
class Profile:
    url: str
    token: str

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> Profile:
        """`PLYNX_URL` and `PLYNX_TOKEN`, else what `plynx up` left in the state directory. Raises `NoProfile`."""
        url, token = environment.get("PLYNX_URL", ""), environment.get("PLYNX_TOKEN", "")
        if url and token:
            return cls(url.rstrip("/"), token)
        path = state_directory(environment) / "client.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            return cls(url.rstrip("/") or str(known["url"]), token or str(known["token"]))
        except FileNotFoundError:
            raise NoProfile(
                f"no platform is known: '{path}' does not exist; start one with `plynx up`, "
                "or set PLYNX_URL and PLYNX_TOKEN"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoProfile(
                f"'{path}' cannot be read ({error}); start the platform again with `plynx up`, "
                "or set PLYNX_URL and PLYNX_TOKEN"
            ) from error


def state_directory(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("PLYNX_HOME") or "~/.plynx").expanduser()


class Connection:
    """Requests to `/api/v1`. Raises `ApiError` and `Unreachable`."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._http = httpx.Client(
            base_url=f"{profile.url}/api/v1",
            headers={"Authorization": f"Bearer {profile.token}"},
            timeout=httpx.Timeout(ANSWER_WITHIN),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._json("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self._json("POST", path, json=body, headers=headers)

    def put(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        return self._json("PUT", path, json=body, headers=headers)

    def text(self, path: str, **query: Any) -> str:
        """An answer that is no JSON, whole."""
        with self._stream(path, query, ANSWER_WITHIN) as answer:
            return answer.read().decode()

    @contextmanager
    def stream(self, path: str, **query: Any) -> Generator[httpx.Response]:
        """Without a time limit between two pieces: silence is normal while a script computes."""
        with self._stream(path, query, None) as answer:
            yield answer

    @contextmanager
    def _stream(
        self, path: str, query: Mapping[str, Any], within: float | None, accept: str = "*/*"
    ) -> Generator[httpx.Response]:
        timeout = httpx.Timeout(ANSWER_WITHIN, read=within)
        headers = {"Accept": accept}
        opened = self._http.stream("GET", path, params=query, headers=headers, timeout=timeout, follow_redirects=True)
        with self._reached(), opened as answer:
            if answer.is_error:
                answer.read()
            _refuse_errors(answer)
            yield answer

    def lines(self, path: str, *, within: float | None = None, **query: Any) -> Iterator[dict[str, Any]]:
        """A stream of JSON objects: one a line, or one an event of an event stream.

        `within`: seconds of silence after which `Unreachable` is raised.
        """
        with self._stream(path, query, within, JSON_LINES) as answer:
            for line in _lines(answer.iter_bytes()):
                text = line.removeprefix(b"data:").strip()
                if text.startswith(b"{"):
                    yield json.loads(text)

    def pages(self, path: str, *, most: int, **query: Any) -> list[dict[str, Any]]:
        """Items of as many pages as it takes to have `most`."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while len(items) < most:
            page = self.get(path, limit=min(most - len(items), 200), cursor=cursor, **query)
            items += page["items"]
            cursor = page.get("next")
            if cursor is None:
                break
        return items

    def _json(self, method: str, path: str, **request: Any) -> Any:
        with self._reached():
            answer = self._http.request(method, path, **request)
        _refuse_errors(answer)
        return answer.json() if answer.content else None

    @contextmanager
    def _reached(self) -> Generator[None]:
        try:
            yield
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(
                f"the platform at {self.profile.url} does not answer ({reason}); is it running? "
                "`plynx up` starts one here"
            ) from error


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Ended by a line feed and by nothing else: JSON text may hold what other splitters take for a line's end."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        *whole, last = rest.split(b"\n")
        yield from map(bytes, whole)
        rest = last
    if rest:
        yield bytes(rest)


def _refuse_errors(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    try:
        problem = answer.json()
    except ValueError:
        problem = {"title": f"HTTP {answer.status_code}", "detail": answer.text[:300]}
    raise ApiError(answer.status_code, problem)
