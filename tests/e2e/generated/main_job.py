# pyright: strict
"""PLynx's main job, by a client that a generator wrote from our OpenAPI document: what its users have in their editor.

`plynx_generated` exists while `test_generated_client.py` runs, which checks the types of this module beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from plynx_generated import AuthenticatedClient
from plynx_generated.api.artifacts import download_artifact
from plynx_generated.api.files import create_file, start_file_upload
from plynx_generated.api.graphs import create_graph, export_graph, get_graph, import_graph, plan_graph, save_graph
from plynx_generated.api.graphs import validate_graph as check_graph
from plynx_generated.api.operations import approve_operation, create_operation, list_operations
from plynx_generated.api.run_nodes import get_node_log, list_node_outputs, list_run_nodes
from plynx_generated.api.runs import create_run, follow_run_events, get_run, get_run_graph
from plynx_generated.api.tokens import get_me
from plynx_generated.models import (
    FileCreate,
    FileReceipt,
    Graph,
    Input,
    Me,
    Node,
    NodeInputs,
    NodeParameters,
    Operation,
    Output,
    OutputRef,
    Parameter,
    Problem,
    RunCreate,
    RunDetail,
    Stream,
    ValidateGraphBody,
    Verdict,
)
from plynx_generated.types import Response

T = TypeVar("T")
TABLE = b"name,size\nash,3\noak,5\n"
ENDS_WITHIN = 60.0
"""Seconds."""


@dataclass(frozen=True)
class Told:
    """What the platform said on the way."""

    me: Me
    plan: dict[str, Any]
    run: RunDetail
    same_run: RunDetail
    states: dict[str, str]
    log: bytes
    output: bytes
    refused: Problem
    stale: Problem
    verdict: Verdict
    graph_of_run: dict[str, Any]
    pages: list[str]
    yaml: str


class Refused(Exception):
    """The platform answered with a problem."""


def answered(response: Response[T | Problem], status: int = 200) -> T:
    """What the operation answers when it does what it is there for."""
    if isinstance(response.parsed, Problem):
        raise Refused(f"{response.parsed.code}: {response.parsed.detail}")
    if response.status_code != status or response.parsed is None:
        raise Refused(f"{response.status_code}, expected {status}: {response.content!r}")
    return response.parsed


def refused(response: Response[Any]) -> Problem:
    if not isinstance(response.parsed, Problem):
        raise TypeError(f"{response.status_code} is no problem")
    return response.parsed


def do_the_main_job(url: str, token: str) -> Told:
    # Downloads are redirects to the object store: the client has to follow them.
    with AuthenticatedClient(url, token, follow_redirects=True, timeout=httpx.Timeout(ENDS_WITHIN)) as client:
        graph = graph_of(uploaded_file(client), approved_operation(client))
        stored = answered(create_graph.sync_detailed(client=client, body=graph), 201)
        kept = answered(get_graph.sync_detailed(stored.id, client=client))
        document = ValidateGraphBody.from_dict(kept.graph.to_dict())
        verdict = answered(check_graph.sync_detailed(client=client, body=document))
        plan = answered(plan_graph.sync_detailed(client=client, body=RunCreate(graph_id=stored.id, force=True)))

        started = started_run(client, stored.id)
        same = started_run(client, stored.id)
        run = ended_run(client, started.id)
        nodes = answered(list_run_nodes.sync_detailed(run.id, client=client)).items
        (made,) = answered(list_node_outputs.sync_detailed(run.id, "count", client=client)).items
        unknown = RunCreate(graph=Graph(nodes=[Node(id="a", operation="nowhere")]))
        return Told(
            me=answered(get_me.sync_detailed(client=client)),
            verdict=verdict,
            plan=plan.to_dict(),
            run=run,
            same_run=same,
            states={node.node: node.state for node in nodes},
            # Bytes are bytes: generators type JSON, the rest is in `content`.
            log=get_node_log.sync_detailed(run.id, "count", Stream.STDOUT, client=client).content,
            output=download_artifact.sync_detailed(made.digest, client=client).content,
            graph_of_run=answered(get_run_graph.sync_detailed(run.id, client=client)).to_dict(),
            refused=refused(create_run.sync_detailed(client=client, body=unknown)),
            stale=refused(save_graph.sync_detailed(stored.id, client=client, body=graph, if_match='"99"')),
            pages=all_operations(client),
            yaml=imported_and_exported(client, graph),
        )


def approved_operation(client: AuthenticatedClient) -> str:
    """Its reference."""
    count = Operation(
        name="count-lines",
        kind="command",
        cmd='echo counting; sleep "$PLYNX_PARAM_rest"; tail -n +2 "$PLYNX_INPUT_table" | wc -l > "$PLYNX_OUTPUT_lines"',
        inputs=[Input(name="table", types=["csv"])],
        outputs=[Output(name="lines", type_="int")],
        parameters=[Parameter(name="rest", type_="float", default=0.0)],
    )
    created = create_operation.sync_detailed(client=client, body=count)
    draft = answered(created, 201)
    team, _, named = draft.ref.partition("/")
    name, _, version = named.partition("@")
    approved = approve_operation.sync_detailed(
        team, name, int(version), client=client, if_match=created.headers["ETag"]
    )
    return answered(approved).ref


def uploaded_file(client: AuthenticatedClient) -> str:
    """Its reference; the bytes go to the storage service (docs/reference/transfers.md), past this client."""
    right = answered(start_file_upload.sync_detailed(client=client), 201)
    entry = {"digest": hashlib.sha256(TABLE).hexdigest(), "size": len(TABLE), "type": "csv"}
    asked = {"token": right.token, "objects": [entry]}
    with httpx.Client(base_url=right.storage_url) as storage:
        (upload,) = storage.post("/transfers/uploads", json=asked).raise_for_status().json()["uploads"]
        if upload["state"] == "put":
            storage.request(**upload["request"], content=TABLE).raise_for_status()
        (receipt,) = storage.post("/transfers/commits", json=asked).raise_for_status().json()["receipts"]
    body = FileCreate(name="trees", receipt=FileReceipt.from_dict(receipt))
    return answered(create_file.sync_detailed(client=client, body=body), 201).ref


def graph_of(table: str, operation: str) -> Graph:
    inputs, parameters = NodeInputs(), NodeParameters()
    inputs["table"] = [OutputRef(node="trees", output="file")]
    parameters["rest"] = 0.1
    count = Node(id="count", operation=operation, inputs=inputs, parameters=parameters)
    return Graph(name="counted", nodes=[Node(id="trees", operation=table), count])


def started_run(client: AuthenticatedClient, graph_id: str) -> RunDetail:
    """The same one, however often it is asked for."""
    body = RunCreate(graph_id=graph_id, force=True)
    return answered(create_run.sync_detailed(client=client, body=body, idempotency_key=f"once-{graph_id}"), 201)


def ended_run(client: AuthenticatedClient, run_id: str) -> RunDetail:
    """What it tells of itself goes on until it has ended; this client reads such an answer whole."""
    told = follow_run_events.sync_detailed(run_id, client=client, nodes=False)
    if told.status_code != 200:
        raise Refused(f"{told.status_code}: {told.content!r}")
    return answered(get_run.sync_detailed(run_id, client=client))


def all_operations(client: AuthenticatedClient) -> list[str]:
    """Page by page."""
    page = answered(list_operations.sync_detailed(client=client, limit=1))
    found = [each.ref for each in page.items]
    while page.next_:
        page = answered(list_operations.sync_detailed(client=client, limit=1, cursor=page.next_))
        found += [each.ref for each in page.items]
    return found


def imported_and_exported(client: AuthenticatedClient, graph: Graph) -> str:
    """As YAML."""
    again = answered(import_graph.sync_detailed(client=client, body=graph), 201)
    return export_graph.sync_detailed(again.id, client=client).content.decode()
