"""What the fuzzer is told of our API: good examples, ids that exist, and the few checks that make no sense there."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.contract.api.seeds import GRAPH, MAKE, Document, Seeds

OFTEN = 0.7
"""How often a drawn id is one that exists."""
EVENT_STREAM = {"Accept": "text/event-stream"}
STREAMS = ("follow_runs", "follow_pools", "follow_run_events", "get_node_log")

EXCLUDED: dict[tuple[str, str], str] = {}
"""(operation id, check) → why it is not asked there."""


def ids(seeds: Seeds) -> dict[str, tuple[Any, ...]]:
    """Parameter → values that exist; `<operation id>.<parameter>` where an operation has its own."""
    return {
        "run_id": seeds.runs,
        "with": seeds.runs[1:],
        "node_id": ("make", "use"),
        "digest": (seeds.digest, seeds.file_digest),
        "graph_id": seeds.graphs,
        "other": seeds.graphs[1:],
        "revision": (1,),
        "team": ("default",),
        "name": seeds.approved[:2],
        "version": (1,),
        "if-match": ('"1"',),
        "preview_file.name": ("seeded-file",),
        "save_operation.name": seeds.drafts[:1],
        "delete_operation.name": seeds.drafts[1:3],
        "approve_operation.name": seeds.drafts[3:],
        "deprecate_operation.name": seeds.approved[2:4],
        "retire_operation.name": seeds.approved[4:],
        "save_graph.graph_id": seeds.spare_graphs[:1],
        "upgrade_graph.graph_id": seeds.spare_graphs[1:2],
        "delete_graph.graph_id": seeds.spare_graphs[2:],
        "cancel_run.run_id": seeds.waiting_runs,
        "token_id": seeds.spare_tokens,
        "drop_dead_letter.letter_id": seeds.dead_letters[:3],
        "reinject_dead_letter.letter_id": seeds.dead_letters[3:],
    }


def bodies(seeds: Seeds) -> dict[str, Any]:
    """Operation id → a body that does what the operation is for."""
    return {
        "create_run": {"graph_id": seeds.graphs[0]},
        "plan_graph": {"graph": GRAPH},
        "create_graph": GRAPH,
        "save_graph": GRAPH,
        "validate_graph": GRAPH,
        "lay_out_graph": GRAPH,
        "preview_upgrade": GRAPH,
        "upgrade_graph": {"to": "newest"},
        "import_graph": "name: imported\nnodes: []\n",
        "create_operation": {**MAKE, "name": "created"},
        "save_operation": {**MAKE, "name": seeds.drafts[0]},
        "validate_operation": MAKE,
        "preview_operation": {"operation": MAKE, "parameters": {"size": 4}},
        "clone_operation": {"name": "cloned"},
        "deprecate_operation": {},
        "create_file": {"name": "created-file", "receipt": seeds.receipt},
        "promote_output": {"name": "promoted", "run": seeds.runs[0], "node": "make", "node_output": "table"},
        "create_pool_token": {"worker": "w1", "pools": ["default"]},
        "create_token": {"label": "made by the fuzzer"},
        "rerun_run": {"from_node": "make"},
        "rerun_run_node": {"priority": 1},
    }


def with_examples(document: Document, seeds: Seeds) -> Document:
    """The document as it is served, and in each request what we know to be good."""
    known, shown = ids(seeds), copy.deepcopy(document)
    for operation in operations_of(shown):
        name = operation["operationId"]
        for parameter in operation.get("parameters", []):
            values = known.get(f"{name}.{parameter['name']}", known.get(parameter["name"]))
            if values and (parameter["required"] or parameter["name"] == "if-match"):
                parameter["examples"] = {f"seed-{n}": {"value": value} for n, value in enumerate(values)}
        if name in (good := bodies(seeds)):
            for content in operation["requestBody"]["content"].values():
                content["example"] = good[name]
    return shown


def operations_of(document: Document) -> list[Document]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def config(document: Document, seeds: Seeds, *, seed: int, examples: int) -> Mapping[str, Any]:
    known = ids(seeds)
    rows: list[Document] = []
    for operation in operations_of(document):
        name = operation["operationId"]
        row: Document = {"include-operation-id": name}
        if checks := {check: {"enabled": False} for (where, check) in EXCLUDED if where == name}:
            row["checks"] = checks
        if name in STREAMS:
            row |= {"headers": EVENT_STREAM, "max-stream-events": 1, "request-timeout": 2}
        own = [key for key in known if key.partition(".")[0] == name]
        if own:
            row["parameters"] = {key.partition(".")[2]: _drawn_from(key) for key in own}
        if len(row) > 1:
            rows.append(row)
    return {
        "seed": seed,
        "generation": {"max-examples": examples, "database": "none"},
        "phases": {"stateful": {"enabled": False}},
        "dictionaries": {_key(key): {"values": list(values)} for key, values in known.items()},
        "parameters": {key: _drawn_from(key) for key in known if "." not in key},
        "operations": rows,
    }


def _drawn_from(key: str) -> Document:
    return {"dictionary": _key(key), "probability": OFTEN}


def _key(key: str) -> str:
    return key.replace(".", "-")
