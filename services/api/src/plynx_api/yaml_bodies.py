"""Graphs that are sent as YAML, as people keep them in files: every mistake with its line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from fastapi import Request

from plynx_api.bodies import read_whole
from plynx_api.refusals import MalformedBody, UnsupportedBody
from plynx_common.domain.errors import InvalidGraph, InvalidInput
from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_yaml import YamlDocument, load_yaml
from plynx_common.domain.issues import summary
from plynx_common.domain.parsing import parse_graph

YAML = "application/yaml"
ACCEPTED = (YAML, "application/x-yaml", "text/yaml", "text/x-yaml")
"""None of them can be sent by a form of a foreign page."""


def yaml_body(description: str) -> dict[str, Any]:
    """For the OpenAPI document."""
    content = {YAML: {"schema": {"$ref": "#/components/schemas/Graph"}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


async def read_graph(request: Request, limit: int) -> Graph:
    """Raises `UnsupportedBody`, `BodyTooLarge`, `MalformedBody`, or `InvalidGraph` with issues."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ACCEPTED:
        raise UnsupportedBody(f"the body is '{kind or 'of no content type'}': expected '{YAML}'")
    body = await read_whole(request, limit)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(f"the body is no UTF-8: byte {error.start} does not fit") from None
    # Megabytes take seconds: beside the loop, others are served meanwhile.
    document = await asyncio.to_thread(_loaded, text)
    graph, issues = parse_graph(document.value)
    if graph is None:
        located = tuple(
            replace(issue, message=f"line {document.line_of(issue.path)}: {issue.message}") for issue in issues
        )
        raise InvalidGraph(f"the document is no graph: {summary(located)}", located)
    return graph


def _loaded(text: str) -> YamlDocument:
    try:
        return load_yaml(text)
    except InvalidInput as error:
        raise MalformedBody(error.message) from None
