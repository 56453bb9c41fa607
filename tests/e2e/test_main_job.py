"""The platform's main job, the same wherever it runs: the demo's experiment, and bytes that go around the API."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest

from plynx_common.domain.graph_yaml import parse_yaml
from tests.e2e.client import Client
from tests.e2e.documents import graph, node, operation
from tests.e2e.reachable import Reachable
from tests.e2e.separate import SeparatePlatform

MEGABYTE = 1_000_000
seen: dict[str, str] = {}
"""Digest of each output of the demo, by node and output, as the first platform of this session made it."""


def digits() -> dict[str, Any]:
    text = files("plynx_standalone").joinpath("demo", "digits.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", parse_yaml(text))


@pytest.mark.timeout(180)
async def test_the_experiment_of_the_demo_has_the_same_results_everywhere(client: Client) -> None:
    pytest.importorskip("sklearn", reason="the demo needs the extra 'demo'")

    run = (await client.run(digits(), within=120)).succeeded()

    digests = {
        f"{id}/{name}": output["digest"] for id, found in run.nodes.items() for name, output in found["outputs"].items()
    }
    assert len(digests) > 10
    for place, digest in digests.items():
        assert seen.setdefault(place, digest) == digest, f"{place} differs from what another platform has made"


def moved(pid: int) -> int:
    """Bytes that the process has read and written so far, wherever from and to."""
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    numbers = dict(line.split(": ") for line in lines)
    return int(numbers["rchar"]) + int(numbers["wchar"])


async def test_bytes_of_artifacts_never_pass_the_api(client: Client, platform: Reachable) -> None:
    document = graph(
        {
            "make": operation(
                f'head -c {40 * MEGABYTE} /dev/urandom > "$PLYNX_OUTPUT_out"', outputs={"out": "file"}, cacheable=False
            ),
            "use": operation('wc -c < "$PLYNX_INPUT_data"', inputs={"data": "file"}, cacheable=False),
        },
        node("make"),
        node("use", inputs={"data": "make.out"}),
    )
    before = moved(platform.cluster.api.pid) if isinstance(platform, SeparatePlatform) else 0

    run = (await client.run(document)).succeeded()

    assert client.log(run.id, "use").strip() == b"%d" % (40 * MEGABYTE)
    assert len(client.output(run.id, "make", "out")) == 40 * MEGABYTE
    if isinstance(platform, SeparatePlatform):
        assert moved(platform.cluster.api.pid) - before < 5 * MEGABYTE
