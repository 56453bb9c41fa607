"""What must be so after whatever died: asked of the documents, the objects, the queues and the scripts' own ledger."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from typing import Any

from pymongo.errors import PyMongoError

from plynx_common.domain import dag
from plynx_common.domain.graph import Graph
from plynx_common.domain.run import TERMINAL
from plynx_common.messages import routes
from plynx_common.testing import invariants
from plynx_common.testing.eventually import eventually
from plynx_common.testing.invariants import must
from plynx_common.testing.servers.rabbitmq import VHOST
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger

Document = dict[str, Any]


async def all_is_well(deployment: Deployment, ledger: Ledger, *runs: str, within: float = 40) -> None:
    """Each run ends, and has succeeded with one accepted result a node."""
    for id in runs:
        run, nodes = await ended(deployment, id, within)
        _documents_agree(run, nodes)
        _ledger_agrees(run, nodes, ledger)
        await _objects_are_there(deployment, nodes)
    await _queues_are_empty(deployment)


async def ended(deployment: Deployment, id: str, within: float) -> tuple[Document, list[Document]]:
    """The run and its node runs, when it is over and announced."""

    def is_over() -> Document:
        try:
            run = deployment.database["runs"].find_one({"_id": id})
        except PyMongoError as error:
            raise AssertionError(str(error)) from error
        assert run is not None, "there is no such run"
        assert run["state"] in TERMINAL, f"{run['state']}: {_unfinished(deployment, id)}"
        assert not run["unannounced"], "it is unannounced"
        return run

    run = await eventually(is_over, within=within, every=0.1, story=f"run '{id}' ends")
    return run, list(deployment.database["node_runs"].find({"run": id}))


def _unfinished(deployment: Deployment, run: str) -> list[str]:
    found = deployment.database["node_runs"].find({"run": run, "result": None})
    return [f"{node['node']} {node['state']} at attempt {node['attempt']} on {node['worker']}" for node in found]


def _documents_agree(run: Document, nodes: list[Document]) -> None:
    """I2, I3, I6, I9: one accepted result for each node, every attempt in one column, the run is their fold."""
    must(run["state"] == "succeeded", "I1", run["_id"], f"is {run['state']}: {[node['failure'] for node in nodes]}")
    invariants.run_end(run, nodes, len(run["graph"]["nodes"]))
    for node in nodes:
        invariants.node_end(node)
        invariants.node_accounts(node, retries=0)
        outcomes = Counter(entry["outcome"] for entry in node["history"])
        must(outcomes["succeeded"] == 1, "I2", node["_id"], f"has not one accepted result: {node['history']}")


def _ledger_agrees(run: Document, nodes: list[Document], ledger: Ledger) -> None:
    """I4, I5, I12: what was accepted was executed, once, after its producers; nothing ran that nobody granted."""
    began = {line.attempt: line for line in ledger.began(run["_id"])}
    ended = {line.attempt: line for line in ledger.ended(run["_id"])}
    accepted = {node["node"]: f"{node['_id']}/{node['attempt']}" for node in nodes}
    granted = {f"{node['_id']}/{entry['attempt']}" for node in nodes for entry in node["history"]}
    for attempt, times in Counter(line.attempt for line in ledger.began(run["_id"])).items():
        must(times == 1, "I5", attempt, f"was executed {times} times")
        must(attempt in granted, "I5", attempt, "was executed, and never granted")
    graph = Graph.model_validate(run["graph"])
    for node in graph.nodes:
        attempt = accepted[node.id]
        must(attempt in ended, "I12", attempt, "was accepted, and its script has not ended")
        for producer in dag.parents_of(node):
            is_after = began[attempt].at >= ended[accepted[producer]].at
            must(is_after, "I4", attempt, f"began before its producer '{producer}' had ended")


async def _objects_are_there(deployment: Deployment, nodes: list[Document]) -> None:
    """I7."""
    outputs = {output["digest"]: output for node in nodes for output in node["result"]["outputs"].values()}
    for digest, output in outputs.items():
        content = await asyncio.to_thread(deployment.client.artifact, digest)
        must(hashlib.sha256(content).hexdigest() == digest, "I7", digest, "is not what its digest says")
        must(len(content) == output["size"], "I7", digest, f"has {len(content)} bytes, not {output['size']}")


async def _queues_are_empty(deployment: Deployment) -> None:
    """I11: no result waits or is held unsettled, nothing was put aside, and no queue has a consumer too many."""

    async def are_empty() -> bool:
        queues = await asyncio.to_thread(_queues, deployment)
        results = [queue for queue in queues if queue["name"].startswith("results.")]
        not_empty = {queue["name"]: queue["messages"] for queue in (*results, *_aside(queues)) if queue["messages"]}
        assert not not_empty, f"messages: {not_empty}"
        consumers = {queue["name"]: queue["consumers"] for queue in results if queue["consumers"] > 1}
        assert not consumers, f"consumers: {consumers}"
        return True

    await eventually(are_empty, within=15, every=0.5, story="all queues are empty, each with its one consumer")


def _queues(deployment: Deployment) -> list[Document]:
    """What is held unsettled counts too."""
    columns = ("name", "messages", "consumers")
    told = deployment.broker.control("-q", "list_queues", "-p", VHOST, "--formatter", "json", *columns)
    return list(json.loads(told))


def _aside(queues: list[Document]) -> list[Document]:
    return [queue for queue in queues if queue["name"] in {routes.DEAD_LETTERS, routes.PARKED}]
