"""An API that lies: one operation for each check, and one that is honest."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "the token of the liar"
HONEST = "/honest"
PATHS = {
    "not_a_server_error": "/breaks",
    "status_code_conformance": "/teapot",
    "content_type_conformance": "/text",
    "response_schema_conformance": "/number",
    "response_headers_conformance": "/bare",
    "negative_data_rejection": "/takes-all",
    "positive_data_acceptance": "/takes-nothing",
    "missing_required_header": "/headless",
    "unsupported_method": "/any-method",
    "allow_header_conformance": "/wrong-methods",
    "ignored_auth": "/open",
}
"""Check → where it must find something."""
_COUNT = {"name": "count", "in": "query", "required": True, "schema": {"type": "integer"}}
_KEY = {"name": "X-Key", "in": "header", "required": True, "schema": {"type": "string"}}


def document() -> dict[str, Any]:
    paths = {path: {"get": _operation()} for path in (HONEST, *PATHS.values())}
    for path in (HONEST, PATHS["negative_data_rejection"], PATHS["positive_data_acceptance"]):
        paths[path]["get"]["parameters"] = [_COUNT]
    paths[PATHS["missing_required_header"]]["get"]["parameters"] = [_KEY]
    answer = paths[PATHS["response_headers_conformance"]]["get"]["responses"]["200"]
    answer["headers"] = {"ETag": {"required": True, "schema": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "liar", "version": "1"},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
        "paths": paths,
    }


def _operation() -> dict[str, Any]:
    said = {"application/json": {"schema": {"type": "string"}}}
    refused = {status: {"description": "refused"} for status in ("400", "401", "405", "422")}
    failed = {"500": {"description": "failed"}}
    return {"responses": {"200": {"description": "done", "content": said}, **refused, **failed}}


class _Liar(BaseHTTPRequestHandler):
    def __getattr__(self, name: str) -> Callable[[], None]:
        """`do_<METHOD>`, as the base class asks for it."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._get if name == "do_GET" else self._other

    def _get(self) -> None:
        at = urlsplit(self.path)
        lie = next((check for check, path in PATHS.items() if path == at.path), "")
        is_open = lie in ("ignored_auth", "missing_required_header")
        if not is_open and self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer(401)
            return
        counts = parse_qs(at.query).get("count", [])
        is_whole = len(counts) == 1 and counts[0].removeprefix("-").isdecimal()
        match lie:
            case "not_a_server_error":
                self._answer(500)
            case "status_code_conformance":
                self._answer(418)
            case "content_type_conformance":
                self._answer(200, content_type="text/html")
            case "response_schema_conformance":
                self._answer(200, 1)
            case "positive_data_acceptance":
                self._answer(422)
            case "":
                self._answer(200 if is_whole else 422)
            case _:
                self._answer(200)

    def _other(self) -> None:
        match urlsplit(self.path).path:
            case path if path == PATHS["unsupported_method"]:
                self._answer(200)
            case path if path == PATHS["allow_header_conformance"]:
                self._answer(405, Allow="PUT")
            case _:
                self._answer(405, Allow="GET")

    def _answer(
        self, status: int, said: object = "yes", content_type: str = "application/json", **headers: str
    ) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Not said."""


@contextmanager
def lying() -> Generator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Liar) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
