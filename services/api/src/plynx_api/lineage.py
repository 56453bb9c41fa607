"""Where an artifact comes from and where it went: read off the runs themselves, a bounded number of them at a time.

Nobody keeps a list of uses beside the runs, which every node that ends would pay for: whoever asks looks through the
runs, the newest first, and goes on with `next` for as long as it is worth it. The run that wrote the bytes first is
known by the catalogue, and comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plynx_api.context import ApiContext
from plynx_api.pages import after, encode_cursor
from plynx_api.views import View
from plynx_common.domain.bindings import bound_output
from plynx_common.domain.errors import NotFound
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.ids import attempt_id
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run
from plynx_common.domain.values import timestamp
from plynx_common.repositories.artifacts import StoredArtifact
from plynx_common.repositories.operations import Operations

RUNS_AT_ONCE = 50
NODES_AT_ONCE = 5000
"""After which no further run is looked through."""
NODES_A_READ = 1000
MOST_SHOWN = 1000
MOST_FILES = 20
_UNTOUCHED = frozenset({NodeState.WAITING, NodeState.READY, NodeState.SKIPPED})


class Producer(View):
    run: str
    node: str
    output: str
    operation: str
    state: str
    """`succeeded`: it wrote these bytes; `restored`: the cache, or another run, gave them."""
    attempt: str
    """`<run>/<node>/<number>` that wrote them."""
    inputs: dict[str, list[str]]
    """Digests of what it was made from, by input, in order."""
    finished_at: datetime | None


class Consumer(View):
    run: str
    node: str
    input: str
    """Name of the input; of a parameter where the value of a scalar is bound to one."""
    operation: str
    state: str


class LineageView(View):
    digest: str
    created_by: str
    """The attempt that wrote it first, or who uploaded it."""
    created_at: datetime
    files: list[str]
    """Files of the catalogue that are these bytes, `team/name@version`; the latest 20."""
    produced_by: list[Producer]
    used_by: list[Consumer]
    is_cut: bool
    """There are more than 1000 on this page."""
    examined: int
    """Runs that were looked through for this page."""
    next: str | None
    """Cursor of older runs; a page of them may have nothing to show."""


@dataclass(slots=True)
class _Found:
    digest: str
    producers: list[Producer] = field(default_factory=list[Producer])
    consumers: list[Consumer] = field(default_factory=list[Consumer])
    runs: int = 0
    nodes: int = 0


async def lineage_of(context: ApiContext, artifact: StoredArtifact, cursor: str | None) -> LineageView:
    found = _Found(artifact.digest)
    origin = await _origin(context, artifact)
    if origin is not None and cursor is None:
        await _examine(context, origin, found)
    place, last = after(cursor), None
    page = await context.runs.newest(artifact.team, where={}, limit=RUNS_AT_ONCE + 1, after=place)
    for run in page[:RUNS_AT_ONCE]:
        if found.nodes >= NODES_AT_ONCE:
            break
        if origin is None or run.id != origin.id:
            await _examine(context, run, found)
        last = run
    is_end = last is None or last is page[-1]
    return LineageView(
        digest=artifact.digest,
        created_by=artifact.created_by,
        created_at=artifact.created_at,
        files=await _files(context, artifact),
        produced_by=found.producers[:MOST_SHOWN],
        used_by=found.consumers[:MOST_SHOWN],
        is_cut=max(len(found.producers), len(found.consumers)) > MOST_SHOWN,
        examined=found.runs,
        next=None if is_end or last is None else encode_cursor(_place(last)),
    )


def _place(run: Run) -> tuple[str, str]:
    return "" if run.created_at is None else timestamp(run.created_at), run.id


async def _origin(context: ApiContext, artifact: StoredArtifact) -> Run | None:
    """The run whose attempt wrote it first, if there is one."""
    run, *rest = artifact.created_by.split("/")
    if len(rest) != 2:
        return None
    try:
        return await context.runs.get(artifact.team, run, summary=True)
    except NotFound:
        return None


async def _files(context: ApiContext, artifact: StoredArtifact) -> list[str]:
    operations = Operations(context.backends.documents, context.backends.clock, artifact.team)
    where = {"kind": FILE_KIND, "operation.artifact.digest": artifact.digest}
    return [stored.ref for stored in await operations.list(where, limit=MOST_FILES)]


async def _examine(context: ApiContext, run: Run, found: _Found) -> None:
    """The graph, which may be megabytes, is read only where the bytes came up."""
    nodes = await _nodes(context, run.id)
    found.runs += 1
    found.nodes += len(nodes)
    holders = {
        (name, output)
        for name, node in nodes.items()
        for output, digest in _outputs(node).items()
        if digest == found.digest
    }
    if not holders:
        return
    graph = Graph.model_validate((await context.runs.get(run.team, run.id)).graph)
    places = {node.id: node for node in graph.nodes}
    for name, output in sorted(holders):
        if name in places and graph.operations[places[name].operation].kind != FILE_KIND:
            found.producers.append(_producer(nodes, places[name], output))
    for place in graph.nodes:
        node = nodes.get(place.id)
        if node is not None and _was_begun(node):
            found.consumers += (
                Consumer(run=run.id, node=place.id, input=name, operation=place.operation, state=node.state.value)
                for name, sources in _sources(place)
                if not holders.isdisjoint(sources)
            )


async def _nodes(context: ApiContext, run: str) -> dict[str, NodeRun]:
    nodes: dict[str, NodeRun] = {}
    last: str | None = None
    while True:
        page = await context.node_runs.of_run(run, limit=NODES_A_READ, after=last)
        nodes |= {node.node: node for node in page}
        if len(page) < NODES_A_READ:
            return nodes
        last = page[-1].node


def _was_begun(node: NodeRun) -> bool:
    return node.state not in _UNTOUCHED and (node.attempt > 0 or node.state is NodeState.RESTORED)


def _outputs(node: NodeRun | None) -> dict[str, str]:
    """Digests by name."""
    result = (node.result if node else None) or {}
    outputs: dict[str, dict[str, Any]] = result.get("outputs", {})
    return {name: artifact["digest"] for name, artifact in outputs.items()}


def _sources(place: Node) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Node and output of each link, by input, and of each parameter that is bound to one."""
    for name, links in place.inputs.items():
        yield name, [(link.node, link.output) for link in links]
    for name, value in place.parameters.items():
        bound = bound_output(value)
        if bound is not None:
            yield name, [bound]


def _producer(nodes: Mapping[str, NodeRun], place: Node, output: str) -> Producer:
    node = nodes[place.id]
    inputs = {
        name: [_outputs(nodes.get(source)).get(port, "") for source, port in sources]
        for name, sources in _sources(place)
    }
    origin = node.restored_from or {}
    return Producer(
        run=node.run,
        node=node.node,
        output=output,
        operation=place.operation,
        state=node.state.value,
        attempt=str(origin.get("attempt") or attempt_id(node.run, node.node, node.attempt)),
        inputs=inputs,
        finished_at=node.finished_at,
    )
