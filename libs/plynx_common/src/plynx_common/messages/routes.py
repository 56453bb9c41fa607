"""Every exchange, queue and routing key: topology is declared from this page, and nothing is routed around it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from plynx_common.messages import artifacts, logs, nodes, runs, undelivered, workers
from plynx_common.messages.base import Message

READY = "plynx.ready"
CALLS = "plynx.calls"
RESULTS = "plynx.results"
STORAGE = "plynx.storage"
FACTS = "plynx.facts"
LOGS = "plynx.logs"
DIRECT_TO_QUEUE = ""

EXCHANGES: dict[str, str] = {
    READY: "direct",
    CALLS: "direct",
    RESULTS: "direct",
    STORAGE: "direct",
    FACTS: "topic",
    LOGS: "topic",
}

STORAGE_QUEUE = "storage"
DEAD_LETTERS = "dead-letters"
PARKED = "parked"
"""Messages in a version newer than this release knows."""


@dataclass(frozen=True, slots=True)
class Route:
    exchange: str
    persistent: bool = False
    confirmed: bool = False


ROUTES: dict[type[Message], Route] = {
    nodes.NodeReady: Route(READY),
    nodes.NodeClaim: Route(CALLS),
    nodes.NodeHeartbeat: Route(CALLS),
    nodes.NodeReleased: Route(CALLS),
    runs.RunLook: Route(CALLS),
    nodes.NodeFinished: Route(RESULTS, persistent=True, confirmed=True),
    nodes.NodeFailed: Route(RESULTS, persistent=True, confirmed=True),
    runs.Tick: Route(DIRECT_TO_QUEUE),
    nodes.NodeGranted: Route(DIRECT_TO_QUEUE),
    nodes.ClaimDeclined: Route(DIRECT_TO_QUEUE),
    nodes.AttemptClosed: Route(DIRECT_TO_QUEUE),
    nodes.HeartbeatAnswer: Route(DIRECT_TO_QUEUE),
    nodes.NodeCancel: Route(DIRECT_TO_QUEUE),
    artifacts.ArtifactsVerify: Route(STORAGE),
    artifacts.ArtifactsVerified: Route(DIRECT_TO_QUEUE),
    workers.WorkerSeen: Route(FACTS),
    workers.PoolsLoaded: Route(FACTS),
    runs.RunChanged: Route(FACTS),
    logs.LogChunk: Route(LOGS),
    logs.LogFetch: Route(DIRECT_TO_QUEUE),
    undelivered.Undelivered: Route(DIRECT_TO_QUEUE, persistent=True, confirmed=True),
}


def ready_queue(pool: str) -> str:
    """`pool` is a full name, `<team>/<pool>`; also the routing key on `plynx.ready`."""
    team, _, name = pool.partition("/")
    return f"ready.{team}.{name}"


def results_queue(partition: int) -> str:
    """Also the routing key on `plynx.results`."""
    return f"results.{partition}"


def calls_key(partition: int) -> str:
    return f"calls.{partition}"


WORKER_SEEN_KEY = "worker.seen"
EVERY_WORKER = WORKER_SEEN_KEY
POOLS_LOADED_KEY = "pools.loaded"
VERIFY_KEY = "artifacts.verify"


def run_changed_key(team: str, run: str) -> str:
    return f"run.{team}.{run}"


def log_key(team: str, run: str, node: str, attempt: int, stream: str) -> str:
    """Under 255 bytes whatever the node's path."""
    if len(node) > 100:
        node = hashlib.sha256(node.encode()).hexdigest()
    return f"log.{team}.{run}.{node}.{attempt}.{stream}"


ALL_LOGS = "log.#"
