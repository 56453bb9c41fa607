"""What the fuzzer is told of our API: good examples, ids that exist, and rules that no schema can say."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.contract.api.harness import checking
from tests.contract.api.seeds import GRAPH, MAKE, Document, Seeds

OFTEN = 0.7
"""How often a drawn id is one that exists."""
EVENT_STREAM = {"Accept": "text/event-stream"}
STREAMS = ("follow_runs", "follow_pools", "follow_run_events", "get_node_log")

_GRAPH = "what a graph means (links, names, types) is checked beside its shape"
_KEY = "header 'Idempotency-Key' and field 'idempotency_key' may not differ"
_BYTES = "what is in the bytes decides how they can be shown"
BEYOND_SCHEMA: dict[str, str] = {
    "search": "the words of the query have a language",
    "preview_artifact": _BYTES,
    "preview_file": _BYTES,
    "redirect_to_image": _BYTES,
    "download_artifact": "a file name has no '/'",
    "create_file": "a receipt is signed; and a name of the catalogue has a form",
    "promote_output": "a name of the catalogue has a form",
    "create_operation": "a name of the catalogue has a form, and the team is the caller's",
    "save_operation": "name, version and team stay",
    "clone_operation": "a name of the catalogue has a form",
    "deprecate_operation": "the successor must be there",
    "preview_operation": "either 'operation' or 'ref'; and its script must be one",
    "plan_graph": _GRAPH,
    "lay_out_graph": _GRAPH,
    "create_run": f"{_GRAPH}; {_KEY}",
    "rerun_run": _KEY,
    "rerun_run_node": _KEY,
    "create_token": "roles have names, and a lifetime has a microsecond at least",
    "create_pool_token": "pools are the team's own",
    "diff_graph": "what is before is not after",
}
"""Operation id → the rules by which a request that fits the schema may still be answered with 422."""
UNREADABLE: dict[str, str] = {"import_graph": "whole numbers of YAML have 64 bits at most"}
"""The same for what is no document at all, and answered with 400."""
CURSOR = "cursor"
"""So may be one with such a parameter: it is what the page before gave, and which texts that are, no schema can say."""


SAME_BODY = (
    "save_graph",
    "import_graph",
    "lay_out_graph",
    "preview_upgrade",
    "plan_graph",
    "save_operation",
    "preview_operation",
)
"""The systematic cases of graphs and operations are hundreds: the short form asks them of `create_…` only."""


def ids(seeds: Seeds) -> dict[str, tuple[Any, ...]]:
    """Parameter → values that exist; `<operation id>.<parameter>` where an operation has its own."""
    return {
        "run_id": seeds.runs,
        "with": seeds.runs[1:],
        "node_id": ("make", "use"),
        "digest": (seeds.digest, seeds.image_digest),
        "redirect_to_image.digest": (seeds.image_digest,),
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
        "deprecate_operation.if-match": ('"2"',),
        "retire_operation.if-match": ('"2"',),
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
        "import_graph": GRAPH,
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


def config(document: Document, seeds: Seeds, *, seed: int, examples: int, whole: bool) -> Mapping[str, Any]:
    """`whole`: the systematic cases of every operation, however alike."""
    known = ids(seeds)
    rows: list[Document] = []
    for operation in operations_of(document):
        name = operation["operationId"]
        row: Document = {"include-operation-id": name}
        if name in BEYOND_SCHEMA or any(each["name"] == CURSOR for each in operation.get("parameters", [])):
            row["checks"] = {"positive_data_acceptance": checking("positive_data_acceptance", "422")}
        if name in UNREADABLE:
            row["checks"] = {"positive_data_acceptance": checking("positive_data_acceptance", "400", "422")}
        if name in STREAMS:
            row |= {"headers": EVENT_STREAM, "max-stream-events": 1, "request-timeout": 2}
        if name in SAME_BODY and not whole:
            row["phases"] = {"coverage": {"enabled": False}}
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
