"""What a test asks a platform over REST, with the waiting that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from plynx.connection import Connection, Profile
from plynx_common.testing.eventually import eventually

TERMINAL = ("succeeded", "failed", "cancelled")
ENDS_WITHIN = 30.0

Answer = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """A run that is over, with its nodes by id."""

    run: Answer
    nodes: dict[str, Answer]

    @property
    def id(self) -> str:
        return str(self.run["id"])

    @property
    def states(self) -> dict[str, str]:
        return {id: node["state"] for id, node in self.nodes.items()}

    @property
    def failures(self) -> dict[str, Answer]:
        return {id: node["failure"] for id, node in self.nodes.items() if node.get("failure")}

    def succeeded(self) -> Ended:
        assert self.run["state"] == "succeeded", f"{self.run['state']}: {self.states} {self.failures}"
        return self

    def failed(self) -> Ended:
        assert self.run["state"] == "failed", f"{self.run['state']}: {self.states}"
        return self


class Client:
    def __init__(self, profile: Profile) -> None:
        self.connection = Connection(profile)

    def close(self) -> None:
        self.connection.__exit__()

    def submit(self, graph: Mapping[str, Any], **options: Any) -> str:
        """The run's id."""
        return str(self.connection.post("/runs", {"graph": graph, **options})["id"])

    async def run(self, graph: Mapping[str, Any], *, within: float = ENDS_WITHIN, **options: Any) -> Ended:
        """To its end."""
        return await self.end_of(self.submit(graph, **options), within=within)

    async def end_of(self, run: str, *, within: float = ENDS_WITHIN) -> Ended:
        def over() -> Answer | None:
            found = cast("Answer", self.connection.get(f"/runs/{run}"))
            assert found["state"] in TERMINAL, f"{found['state']} {found['counts']}"
            return found

        ended = await eventually(over, within=within, every=0.02, story=f"run '{run}' ends")
        return Ended(cast("Answer", ended), self.nodes(run))

    def nodes(self, run: str) -> dict[str, Answer]:
        """Each as its own page shows it."""
        listed = self.connection.pages(f"/runs/{run}/nodes", most=10_000)
        return {node["node"]: self.node(run, node["node"]) for node in listed}

    def node(self, run: str, node: str) -> Answer:
        return cast("Answer", self.connection.get(f"/runs/{run}/nodes/{node}"))

    async def reached(self, run: str, node: str, state: str, *, within: float = ENDS_WITHIN) -> Answer:
        """The node, in this state."""

        def there() -> Answer:
            found = self.node(run, node)
            assert found["state"] == state, f"{found['state']} {found.get('reason')} {found.get('failure')}"
            return found

        return await eventually(there, within=within, every=0.02, story=f"node '{node}' is {state}")

    def artifact(self, digest: str) -> bytes:
        with self.connection.stream(f"/artifacts/{digest}/download") as answer:
            return answer.read()

    def output(self, run: str, node: str, name: str) -> bytes:
        return self.artifact(self.node(run, node)["outputs"][name]["digest"])

    def log(self, run: str, node: str, stream: str = "stdout") -> bytes:
        with self.connection.stream(f"/runs/{run}/nodes/{node}/logs/{stream}") as answer:
            return answer.read()
